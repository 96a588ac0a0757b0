#include "client/ui/line/line_editor.h"

#include <gtest/gtest.h>

namespace parlor::client {
namespace {

class LineEditorTest : public ::testing::Test {
 protected:
  EditResult Type(const std::string& text) { return editor_.Apply({KeyCode::kText, text}); }
  EditResult Press(KeyCode code) { return editor_.Apply({code}); }
  EditResult Control(char letter) { return editor_.Apply({KeyCode::kControl, {}, letter}); }
  // The text with a bar where the cursor is.
  std::string View() const {
    std::string view = editor_.text();
    return view.insert(editor_.cursor(), "|");
  }

  LineEditor editor_;
};

TEST_F(LineEditorTest, MovesAndErasesByWhatPeopleSee) {
  Type("aé👩‍👩‍👧b");  // the family is one character of five code points; e with a combining
                                   // accent
  EXPECT_EQ(View(), "aé👩‍👩‍👧b|");
  Press(KeyCode::kLeft);
  Press(KeyCode::kLeft);
  EXPECT_EQ(View(), "aé|👩‍👩‍👧b");
  Press(KeyCode::kBackspace);
  EXPECT_EQ(View(), "a|👩‍👩‍👧b");
  Press(KeyCode::kDelete);
  EXPECT_EQ(View(), "a|b");
  Press(KeyCode::kHome);
  EXPECT_EQ(Press(KeyCode::kLeft), EditResult::kNothing);
  EXPECT_EQ(Press(KeyCode::kBackspace), EditResult::kNothing);
  EXPECT_EQ(View(), "|ab");
  Press(KeyCode::kEnd);
  EXPECT_EQ(View(), "ab|");
}

TEST_F(LineEditorTest, KillsAndYanks) {
  Type("one two three");
  Control('w');
  EXPECT_EQ(View(), "one two |");
  Control('y');
  EXPECT_EQ(View(), "one two three|");
  Press(KeyCode::kWordLeft);
  Control('k');
  EXPECT_EQ(View(), "one two |");
  Control('a');
  Press(KeyCode::kWordRight);
  Control('u');
  EXPECT_EQ(View(), "| two ");
  Control('c');
  EXPECT_EQ(View(), "|");
}

TEST_F(LineEditorTest, CtrlDEndsOnlyAnEmptyLine) {
  Type("ab");
  Control('a');
  EXPECT_EQ(Control('d'), EditResult::kChanged);
  EXPECT_EQ(View(), "|b");
  Control('d');
  EXPECT_EQ(Control('d'), EditResult::kEnd);
}

TEST_F(LineEditorTest, SeveralRows) {
  Type("first\\");
  EXPECT_EQ(Press(KeyCode::kEnter), EditResult::kChanged);
  EXPECT_EQ(View(), "first\n|");
  Type("second");
  Press(KeyCode::kNewline);
  editor_.Apply({KeyCode::kPaste, "third\nfourth"});
  EXPECT_EQ(View(), "first\nsecond\nthird\nfourth|");
  Control('a');
  EXPECT_EQ(View(), "first\nsecond\nthird\n|fourth");
  Control('k');
  EXPECT_EQ(Press(KeyCode::kEnter), EditResult::kSubmit);
  EXPECT_EQ(editor_.Take(true), "first\nsecond\nthird\n");
}

TEST_F(LineEditorTest, TwoBackslashesAreText) {
  Type("C:\\\\");
  EXPECT_EQ(Press(KeyCode::kEnter), EditResult::kSubmit);
}

TEST_F(LineEditorTest, HistoryKeepsWhatWasBeingWritten) {
  for (const char* line : {"one", "two", "two"}) {
    Type(line);
    editor_.Take(true);
  }
  Type("secret");
  editor_.Take(false);
  Type("unfinished");
  Press(KeyCode::kUp);
  EXPECT_EQ(View(), "two|");
  Press(KeyCode::kUp);
  EXPECT_EQ(View(), "one|");
  EXPECT_EQ(Press(KeyCode::kUp), EditResult::kNothing);
  Press(KeyCode::kDown);
  Press(KeyCode::kDown);
  EXPECT_EQ(View(), "unfinished|");
  EXPECT_EQ(Press(KeyCode::kDown), EditResult::kNothing);
}

TEST_F(LineEditorTest, SecretsAreNeitherRememberedNorYankedNorCompleted) {
  editor_.SetSecret(true);
  Type("hunter2");
  EXPECT_EQ(Press(KeyCode::kTab), EditResult::kNothing);
  Control('w');
  Type("hunter3\\");
  EXPECT_EQ(Press(KeyCode::kEnter), EditResult::kSubmit);
  EXPECT_EQ(editor_.Take(true), "hunter3\\");
  editor_.SetSecret(false);
  EXPECT_EQ(Control('y'), EditResult::kNothing);
  EXPECT_EQ(Press(KeyCode::kUp), EditResult::kNothing);
}

TEST_F(LineEditorTest, WhatIsPastedCannotReachTheTerminal) {
  editor_.Apply({KeyCode::kPaste,
                 "a\x1b]0;owned\x07"
                 "b\x9b"
                 "31mc\xe2\x80\xae"
                 "d"});
  EXPECT_EQ(editor_.text().find('\x1b'), std::string::npos);
  EXPECT_EQ(editor_.text().find("\xe2\x80\xae"), std::string::npos);
  EXPECT_EQ(editor_.text().substr(0, 2), "ab");
}

TEST_F(LineEditorTest, TheTextIsBounded) {
  EXPECT_EQ(Type(std::string(60'000, 'x')), EditResult::kChanged);
  EXPECT_EQ(Type(std::string(60'000, 'x')), EditResult::kNothing);
  EXPECT_EQ(editor_.text().size(), 60'000u);
}

}  // namespace
}  // namespace parlor::client
