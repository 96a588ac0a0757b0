#include "client/ui/line/prompt_screen.h"

#include <gtest/gtest.h>

#include "tests/client/ui/line/screen_emulator.h"

namespace parlor::client {
namespace {

using Rows = std::vector<std::string>;

TEST(PromptScreenTest, TheCursorStandsWhereThePersonTypes) {
  const struct {
    const char* text;
    size_t cursor;
    Rows rows;
    size_t row;
    int column;
  } cases[] = {
      {"", 0, {">"}, 0, 2},
      {"hello", 5, {"> hello"}, 0, 7},
      {"hello", 1, {"> hello"}, 0, 3},
      {"12345678", 8, {"> 12345678", ""}, 1, 0},  // full: the next character stands below
      {"123456789", 9, {"> 12345678", "9"}, 1, 1},
      {"123456789", 2, {"> 12345678", "9"}, 0, 4},
      {"日本語日本", 15, {"> 日本語日", "本"}, 1, 2},  // two columns each
      {"a日本語日", 13, {"> a日本語", "日"}, 1, 2},    // a wide one does not fit in one column
      {"ab\ncd", 5, {"> ab", "cd"}, 1, 2},
      {"ab\ncd", 2, {"> ab", "cd"}, 0, 4},
      {"ab\n", 3, {"> ab", ""}, 1, 0},
      {"e\xcc\x81x", 3, {"> e\xcc\x81x"}, 0, 3},
  };
  for (const auto& test : cases) {
    PromptScreen screen;
    screen.Resize(10, 5);
    ScreenEmulator terminal(10, 5);
    terminal.Write(screen.Draw("> ", test.text, test.cursor));
    EXPECT_EQ(terminal.Rows(), test.rows) << test.text;
    EXPECT_EQ(terminal.row(), test.row) << test.text;
    EXPECT_EQ(terminal.column(), test.column) << test.text;
  }
}

TEST(PromptScreenTest, WhatIsPrintedNeverMixesWithWhatIsTyped) {
  for (size_t length = 0; length < 45; ++length) {
    for (size_t cursor = 0; cursor <= length; ++cursor) {
      PromptScreen screen;
      screen.Resize(10, 8);
      ScreenEmulator terminal(10, 8);
      const std::string typed(length, 'x');
      terminal.Write(screen.Draw("> ", typed, cursor));
      terminal.Write(screen.Erase() + "arriving\r\n");
      terminal.Write(screen.Draw("> ", typed, cursor));
      Rows rows = terminal.Rows();
      ASSERT_EQ(rows[0], "arriving") << length << " " << cursor;
      std::string all;
      for (size_t i = 1; i < rows.size(); ++i) all += rows[i];
      ASSERT_EQ(all, length == 0 ? ">" : "> " + typed) << length << " " << cursor;
    }
  }
}

TEST(PromptScreenTest, MoreRowsThanTheScreenHas) {
  PromptScreen screen;
  screen.Resize(10, 4);
  ScreenEmulator terminal(10, 4);
  std::string text;
  for (char c = 'a'; c <= 'j'; ++c) text += std::string(1, c) + "\n";
  terminal.Write(screen.Draw("> ", text, text.size()));
  EXPECT_EQ(terminal.Rows(), (Rows{"h", "i", "j", ""}));
  terminal.Write(screen.Erase());
  terminal.Write(screen.Draw("> ", text, 0));
  EXPECT_EQ(terminal.Rows(), (Rows{"> a", "b", "c", "d"}));
  EXPECT_EQ(terminal.row(), 0u);
}

TEST(PromptScreenTest, NothingDrawnIsNothingToErase) {
  PromptScreen screen;
  EXPECT_EQ(screen.Erase(), "");
  screen.Draw("> ", "x", 1);
  EXPECT_NE(screen.Erase(), "");
  EXPECT_EQ(screen.Erase(), "");
}

TEST(PromptScreenTest, AScreenThatBecameNarrower) {
  PromptScreen screen;
  screen.Resize(40, 10);
  screen.Draw("> ", std::string(60, 'x'), 60);  // two rows, cursor in the second
  screen.Resize(20, 10);                        // the first one is two now
  EXPECT_EQ(screen.Erase(), "\r\x1b[2A\x1b[J");
}

}  // namespace
}  // namespace parlor::client
