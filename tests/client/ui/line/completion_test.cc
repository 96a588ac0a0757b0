#include "client/ui/line/completion.h"

#include <gtest/gtest.h>

namespace parlor::client {
namespace {

const Vocabulary& Known() {
  static const Vocabulary known = {{"lobby", "lounge", "tea"}, {"alice", "albert", "bob", "jörg"}};
  return known;
}

TEST(CompletionTest, Completes) {
  const struct {
    const char* text;
    const char* becomes;
    size_t candidates;
  } cases[] = {
      {":jo", ":join ", 1},
      {"/jo", "/join ", 1},
      {":a", ":accept ", 1},
      {":he", ":help ", 1},
      {":join l", ":join lo", 2},
      {":join #l", ":join #lo", 2},
      {":join lob", ":join lobby ", 1},
      {":msg al", ":msg al", 2},
      {":msg j", ":msg jörg ", 1},
      {":kick lobby b", ":kick lobby bob ", 1},
      {":role lobby bob sp", ":role lobby bob speaker ", 1},
      {":status b", ":status busy ", 1},
      {":create tea inv", ":create tea invite ", 1},
      {":history @b", ":history @bob ", 1},
      {"hello @bo", "hello @bob ", 1},
      {"see #te", "see #tea ", 1},
      {"hello bo", "hello bo", 0},
      {":nonsense b", ":nonsense b", 0},
      {"", "", 0},
  };
  for (const auto& test : cases) {
    const std::string text = test.text;
    const Completion completion = Complete(text, text.size(), Known(), ":/");
    EXPECT_EQ(text.substr(0, completion.from) + completion.text, test.becomes);
    EXPECT_EQ(completion.candidates.size(), test.candidates) << text;
  }
}

TEST(CompletionTest, NeverCutsACharacter) {
  const Vocabulary known = {{}, {"jörg", "jörn", "jàn"}};
  EXPECT_EQ(Complete("@j", 2, known, ":/").text, "@j");
  EXPECT_EQ(Complete("@jö", 4, known, ":/").text, "@jör");
}

}  // namespace
}  // namespace parlor::client
