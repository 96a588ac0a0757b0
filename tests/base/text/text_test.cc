#include "base/text/text.h"

#include <gtest/gtest.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/base/text/random_text.h"
#include "tests/rounds.h"

namespace parlor {
namespace {

using namespace std::string_literals;  // NOLINT(google-build-using-namespace): "\0"s keeps its zero

std::vector<UChar32> CodePoints(absl::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  std::vector<UChar32> points;
  for (size_t offset = 0; offset < text.size();) {
    UChar32 c = 0;
    U8_NEXT(bytes, offset, text.size(), c);
    points.push_back(c);
  }
  return points;
}

std::string Repeated(absl::string_view piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) absl::StrAppend(&out, piece);
  return out;
}

TEST(Utf8Test, TellsValidFromInvalidAndCounts) {
  const struct {
    std::string text;
    bool valid;
    size_t characters;
  } cases[] = {
      {"", true, 0},
      {"abc", true, 3},
      {"a\0b"s, true, 3},
      {"äöü", true, 3},
      {"中文", true, 2},
      {"👍🏽", true, 2},
      {"e\u0301", true, 2},
      {"\uffff", true, 1},
      {"\xf4\x8f\xbf\xbf", true, 1},   // U+10FFFF
      {"\xf4\x90\x80\x80", false, 4},  // above it
      {"\x80", false, 1},              // starts in the middle
      {"\xc3", false, 1},              // ends in the middle
      {"\xe2\x82", false, 2},          //
      {"\xe2\x82x", false, 3},         //
      {"\xc0\x80", false, 2},          // overlong
      {"\xe0\x80\xaf", false, 3},      //
      {"\xed\xa0\x80", false, 3},      // surrogate
      {"\xfe", false, 1},              //
      {"a\xff\xff"
       "ü\xff",
       false, 5},  //
  };
  for (const auto& c : cases) {
    EXPECT_EQ(IsValidUtf8(c.text), c.valid) << testing::PrintToString(c.text);
    EXPECT_EQ(CountCharacters(c.text), c.characters) << testing::PrintToString(c.text);
  }
}

TEST(SanitizeTest, KeepsWhatPeopleWrite) {
  const std::string cases[] = {
      "",
      "plain text, 100% [ok]; a\\b ~",
      "two\nlines\n",
      "äöü ß Ωμέγα Привет",
      "שלום عليكم",
      "नमस्ते स्वागत",
      "สวัสดีน้ำ",
      "中文 日本語 한국어",
      "👩\u200d👩\u200d👧 👍🏽 ❤\ufe0f 🇩🇪 1\ufe0f\u20e3",
      "e" + Repeated("\u0301", 8),
      "\u200e\u200f left and right marks",
      "\xee\x80\x80 private use",
      "\xef\xbf\xbd",
  };
  for (const std::string& text : cases) EXPECT_EQ(SanitizeForTerminal(text), text);
}

TEST(SanitizeTest, DropsWhatCouldDriveATerminal) {
  const struct {
    std::string text;
    std::string sanitized;
  } cases[] = {
      // Line ends and tabs.
      {"a\r\nb\rc\n", "a\nb\nc\n"},
      {"a\r\r\nb\r", "a\n\nb\n"},
      {"a\tb", "a    b"},
      // Single controls.
      {"a\0b\x07"
       "c\x08"
       "d\x0b\x0c"
       "e\x7f"
       "f\x0e\x0f"s,
       "abcdef"},
      {"a\xc2\x80"
       "b\xc2\x85"
       "c\xc2\x9f",
       "abc"},
      // Control sequences.
      {"\x1b[31mred\x1b[0m", "red"},
      {"\x1b[2J\x1b[1;1H\x1b[?25l\x1b[>4;2mx", "x"},
      {"\x1b[ qx", "x"},
      {"a\x1b[31", "a"},
      {"a\x1b[31äb", "aäb"},
      {"a\x1b[\nb", "a\nb"},
      {"\xc2\x9b"
       "31mred",
       "red"},
      // Control strings: title, hyperlink, clipboard, device control, application command.
      {"a\x1b]0;title\x07"
       "b",
       "ab"},
      {"a\x1b]0;title\x1b\\b", "ab"},
      {"a\x1b]0;title\xc2\x9c"
       "b",
       "ab"},
      {"a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b", "alinkb"},
      {"a\x1b]52;c;ZXZpbA==\x07"
       "b",
       "ab"},
      {"a\x1bPq#0\x1b\\b\x1b_Gx\x1b\\c\x1b^x\x1b\\d\x1bXx\x1b\\e", "abcde"},
      {"a\xc2\x9d"
       "0;title\x07"
       "b\xc2\x90q\xc2\x9c"
       "c",
       "abc"},
      {"a\x1b]0;no end\nnext line", "a\nnext line"},
      {"a\x1b]0;no end", "a"},
      {"a\x1b]0;cut\x1b[31mb", "ab"},
      {"a\x1b]0;\xff\xfe\x07"
       "b",
       "ab"},
      // Other escape sequences.
      {"\x1b"
       "c\x1b"
       "7\x1b(B\x1b#8\x1b%Gx",
       "x"},
      {"a\x1b", "a"},
      {"a\x1b\x1b\x1b[31mb", "ab"},
      {"a\x1b\nb", "a\nb"},
      {"a\x1bäb", "aäb"},
      // Directions, separators, invisible characters.
      {"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069x", "x"},
      {"a\u2028b\u2029c\ufeffd", "abcd"},
      {"\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4"},
      {"a\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0010ffffb", "ab"},
      // Invalid UTF-8.
      {"a\xff"
       "b",
       "a\ufffdb"},
      {"\xe2\x82", "\ufffd\ufffd"},
      {"\x9b"
       "31m",
       "\ufffd31m"},
      {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
      {"\xc0\x9b", "\ufffd\ufffd"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(SanitizeForTerminal(c.text), c.sanitized) << testing::PrintToString(c.text);
  }
}

TEST(SanitizeTest, CutsPilesOfMarks) {
  EXPECT_EQ(SanitizeForTerminal("e" + Repeated("\u0301", 1000) + "x\u0301"),
            "e" + Repeated("\u0301", 8) + "x\u0301");
  EXPECT_EQ(SanitizeForTerminal(Repeated("\u0301", 30'000)), Repeated("\u0301", 8));
  EXPECT_EQ(SanitizeForTerminal("e" + Repeated("\u0301\u200d", 100)), "e" + Repeated("\u0301\u200d", 4));
  EXPECT_EQ(SanitizeForTerminal("e" + Repeated("\u0301\u202e", 100)), "e" + Repeated("\u0301", 8))
      << "dropped characters do not start the count anew";
  EXPECT_EQ(SanitizeForTerminal("e" + Repeated("\u0301", 8) + "\n" + Repeated("\u0301", 8)),
            "e" + Repeated("\u0301", 8) + "\n" + Repeated("\u0301", 8));
}

TEST(SanitizeTest, TakesLinearTime) {
  // Quadratic, each of these would take minutes.
  for (const char* piece : {"\x1b]", "\x1b[", "\x1b[1;", "\xc2\x9d", "\x1b", "\x1bP\x1b", "\u0301"}) {
    EXPECT_LT(SanitizeForTerminal(Repeated(piece, 1'000'000)).size(), 100u) << testing::PrintToString(piece);
  }
}

void ExpectHarmless(const std::string& text) {
  const std::string sanitized = SanitizeForTerminal(text);
  ASSERT_TRUE(IsValidUtf8(sanitized)) << testing::PrintToString(text);
  int marks = 0;
  for (const UChar32 c : CodePoints(sanitized)) {
    const bool control = u_charType(c) == U_CONTROL_CHAR && c != '\n';
    const bool direction = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    const bool separator = c == 0x2028 || c == 0x2029 || c == 0xfeff;
    const bool tag = c >= 0xe0000 && c <= 0xe007f;
    ASSERT_FALSE(control || direction || separator || tag || U_IS_UNICODE_NONCHAR(c))
        << testing::PrintToString(text) << " leaves U+" << std::hex << c;
    marks = (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0 ? marks + 1 : 0;
    ASSERT_LE(marks, 8);
  }
  ASSERT_EQ(SanitizeForTerminal(sanitized), sanitized) << testing::PrintToString(text);
}

TEST(SanitizeTest, IsHarmlessAndStableForAnyText) {
  std::mt19937 random(1);
  for (int i = 0; i < Rounds(20'000); ++i) {
    ExpectHarmless(RandomByteText(random, 64));
    ExpectHarmless(RandomPieces(random, 20));
    if (HasFatalFailure()) return;
  }
}

TEST(SanitizeTest, IsHarmlessForEveryCodePoint) {
  for (UChar32 c = 0; c <= 0x10ffff; ++c) {
    if (U_IS_SURROGATE(c)) continue;
    char bytes[U8_MAX_LENGTH];
    size_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, c);
    ExpectHarmless("a" + std::string(bytes, size) + "b");
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace parlor
