#include "client/ui/line/style.h"

#include <gtest/gtest.h>

#include <set>

namespace parlor::client {
namespace {

constexpr Style kPlain = {};
constexpr Style kFull = {true, true};

TEST(StyleTest, WhatTheTerminalTakes) {
  const struct {
    const char* term;
    const char* no_color;
    bool colour;
    bool links;
  } cases[] = {{"xterm-256color", "", true, true},
               {"xterm", "1", false, true},
               {"linux", "", true, false},
               {"dumb", "", false, false},
               {"", "", false, false}};
  for (const auto& test : cases) {
    const Style style = StyleFor(test.term, test.no_color);
    EXPECT_EQ(style.colour, test.colour) << test.term;
    EXPECT_EQ(style.links, test.links) << test.term;
  }
}

TEST(StyleTest, Markup) {
  const struct {
    const char* text;
    const char* shown;
  } cases[] = {
      {"plain", "plain"},
      {"*bold* and _italic_", "\x1b[1mbold\x1b[22m and \x1b[3mitalic\x1b[23m"},
      {"`a*b*c`", "\x1b[7ma*b*c\x1b[27m"},
      {"*_both_*", "\x1b[1m\x1b[3mboth\x1b[23m\x1b[22m"},
      {"2*3*4 snake_case_name", "2*3*4 snake_case_name"},
      {"* no * _ no _", "* no * _ no _"},
      {"*open", "*open"},
      {"*over\nrows*", "*over\nrows*"},
      {"(*in brackets*)!", "(\x1b[1min brackets\x1b[22m)!"},
      {"**", "**"},
      {"see https://a.example/x_y_z.",
       "see \x1b]8;;https://a.example/x_y_z\x1b\\https://a.example/x_y_z\x1b]8;;\x1b\\."},
      {"http://", "http://"},
  };
  for (const auto& test : cases) EXPECT_EQ(Markup(kFull, test.text), test.shown) << test.text;
}

TEST(StyleTest, WithoutColourTheMarksStay) {
  EXPECT_EQ(Markup(kPlain, "*bold* `code` https://a.example"), "*bold* `code` https://a.example");
  EXPECT_EQ(Dim(kPlain, "x"), "x");
  EXPECT_EQ(InColourOf(kPlain, "alice", "alice"), "alice");
}

TEST(StyleTest, APersonHasOneColourAndPeopleHaveSeveral) {
  EXPECT_EQ(InColourOf(kFull, "alice", "x"), InColourOf(kFull, "alice", "x"));
  std::set<std::string> colours;
  for (const char* name : {"alice", "bob", "carol", "dave", "erin", "frank"})
    colours.insert(InColourOf(kFull, name, "x"));
  EXPECT_GE(colours.size(), 3u);
}

}  // namespace
}  // namespace parlor::client
