#include "base/text/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/text/text.h"
#include "tests/base/text/random_text.h"
#include "tests/rounds.h"

namespace parlor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::string_literals;  // NOLINT(google-build-using-namespace): "\0"s keeps its zero

std::string Repeat(absl::string_view piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) absl::StrAppend(&out, piece);
  return out;
}

TEST(UserNameTest, HasOneCanonicalForm) {
  const struct {
    std::string input;
    std::string canonical;
  } cases[] = {
      {"ann", "ann"},
      {"Ann", "ann"},
      {"ANN-Marie.O_1", "ann-marie.o_1"},
      {"１２ａｂ", "12ab"},
      {"ﬁnn", "finn"},
      {"Ünal", "ünal"},
      {"U\u0308nal", "ünal"},
      {"Straße", "strasse"},
      {"İsmail", "ismail"},
      {"I\u0307smail", "ismail"},
      {"ΝΊΚΟΣ", "νίκοσ"},
      {"Νίκος", "νίκοσ"},
      {"Борис", "борис"},
      {"יוסף", "יוסף"},
      {"محمد", "محمد"},
      {"अर्जुन", "अर्जुन"},
      {"สมชาย", "สมชาย"},
      {"ሰላም", "ሰላም"},
      {"王小明", "王小明"},
      {"さくらkun", "さくらkun"},
      {"カタカナ", "カタカナ"},
      {"ｶﾀｶﾅ", "カタカナ"},
      {"김철수kim", "김철수kim"},
      {"\u1112\u1161\u11ab\u1112\u1161\u11ab\u1112\u1161\u11ab", "한한한"},
      {"٠١٢محمد", ""},  // starts with a digit, then from right to left
      {"محمد٠١٢", "محمد٠١٢"},
      {"abc", "abc"},
      {"123", "123"},
      {Repeat("a", 32), Repeat("a", 32)},
      {Repeat("\u1112\u1161\u11ab", 32), Repeat("한", 32)},
      {Repeat("𠜎", 32), Repeat("𠜎", 32)},
  };
  for (const auto& c : cases) {
    const auto name = ParseUserName(c.input);
    if (c.canonical.empty()) {
      EXPECT_FALSE(name.ok()) << c.input;
      continue;
    }
    ASSERT_TRUE(name.ok()) << c.input << ": " << name.status();
    EXPECT_EQ(name->canonical, c.canonical);
    EXPECT_FALSE(name->skeleton.empty());
  }
}

TEST(UserNameTest, NamesTheBrokenRule) {
  const struct {
    std::string input;
    const char* says;
  } cases[] = {
      {"", "too short, at least 3"},
      {"ab", "too short, at least 3"},
      {"王明", "too short, at least 3"},
      {"a\u0308b", "too short, at least 3"},
      {Repeat("a", 33), "too long, at most 32"},
      {Repeat("a", 10'000), "too long, at most 32"},
      {Repeat("ﷺ", 3), "too long, at most 32"},
      {Repeat("\xff", 10'000), "too long, at most 32"},
      {"@ann", "without the leading '@'"},
      {"＠ann", "U+0040 is not"},
      {"#ann", "U+0023 is not"},
      {"ann lee", "U+0020 is not"},
      {" ann", "U+0020 is not"},
      {"ann\u00a0lee", "U+0020 is not"},
      {"ann\n", "U+000A is not"},
      {"ann\0"s, "U+0000 is not"},
      {"ann\x1b[31m", "U+001B is not"},
      {"ann/bob", "U+002F is not"},
      {"ann:bob", "U+003A is not"},
      {"ann+bob", "U+002B is not"},
      {"ann\u200b", "U+200B is not"},
      {"an\u200dn", "U+200D is not"},
      {"an\u00adn", "U+00AD is not"},
      {"\u202e"
       "nna",
       "U+202E is not"},
      {"ann\ufe0f", "U+FE0F is not"},
      {"ann\u3164", "U+3164 is not"},
      {"ann👍", "U+1F44D is not"},
      {"annⅨ", ""},  // the compatibility form of "ix"
      {"ann½", "U+2044 is not"},
      {"ann①", ""},  // of "1"
      {"ann€", "U+20AC is not"},
      {"ann\u0378", "U+0378 is not"},
      {"ann\ue000", "U+E000 is not"},
      {"ann\u20dd", "U+20DD is not"},
      {"\u0301ann", "a mark must follow a letter"},
      {"ann_\u0301", "a mark must follow a letter"},
      {"ann1\u0301", "a mark must follow a letter"},
      {"ann" + Repeat("\u0323\u0301", 3), "a mark must follow a letter"},
      {"anni\u0307", "cannot be seen"},
      {"-ann", "start or end with '-'"},
      {"ann-", "start or end with '-'"},
      {"_ann", "start or end with '_'"},
      {".ann", "start or end with '.'"},
      {"ann.", "start or end with '.'"},
      {"...", "start or end with '.'"},
      {"１．．", "start or end with '.'"},
      {"аnn", "one script"},  // Cyrillic а
      {"annа", "one script"},
      {"αβγabc", "one script"},
      {"שלוםabc", "one script"},
      {"борис王", "one script"},
      {"abc한王", ""},
      {"abcかな한", "one script"},
      {"abc123٤٥", "one script"},
      {"अ1२a", "one script"},
      {"अअ1२", "all digits must be of one script"},
      {"1שלום", "right-to-left"},
      {"ann\xff", "not valid UTF-8"},
      {"an\xc3", "not valid UTF-8"},
      {"ann\xed\xa0\x80", "not valid UTF-8"},
  };
  for (const auto& c : cases) {
    const auto name = ParseUserName(c.input);
    if (*c.says == '\0') {
      EXPECT_TRUE(name.ok()) << c.input << ": " << name.status();
      continue;
    }
    ASSERT_EQ(name.status().code(), absl::StatusCode::kInvalidArgument) << c.input;
    const std::string message(name.status().message());
    EXPECT_THAT(message, HasSubstr(c.says)) << c.input;
    EXPECT_THAT(message, HasSubstr("user name"));
    EXPECT_LT(message.size(), 100u);
  }
}

TEST(RoomNameTest, IsMoreRelaxed) {
  for (const std::string& input : {"a"s, "-"s, "_x_"s, "--dev--"s, "7"s, "室"s, Repeat("r", 64)}) {
    const auto name = ParseRoomName(input);
    ASSERT_TRUE(name.ok()) << input << ": " << name.status();
    EXPECT_EQ(name->canonical, input);
  }
  const struct {
    std::string input;
    const char* says;
  } cases[] = {
      {"", "too short, at least 1 character is"},
      {Repeat("r", 65), "too long, at most 64"},
      {Repeat("r", 10'000), "too long, at most 64"},
      {"#dev", "without the leading '#'"},
      {"@dev", "U+0040 is not"},
      {".dev", "start or end with '.'"},
      {"dev.", "start or end with '.'"},
      {"dev room", "U+0020 is not"},
      {"dеv", "one script"},  // Cyrillic е
      {"-\u0301", "a mark must follow a letter"},
  };
  for (const auto& c : cases) {
    const absl::Status status = ParseRoomName(c.input).status();
    ASSERT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.input;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says));
    EXPECT_THAT(std::string(status.message()), HasSubstr("room name"));
  }
}

TEST(SkeletonTest, IsSharedByNamesThatLookAlike) {
  const struct {
    const char* one;
    const char* other;
  } cases[] = {
      {"modern", "rnodern"},  // m, rn
      {"MODERN", "rnodern"},  //
      {"paul", "pau1"},       // l, 1
      {"PAUL", "pau1"},       //
      {"bobo", "b0b0"},       // o, 0
      {"BOBO", "b0b0"},       //
      {"bobO", "bob0"},       //
      {"scope", "ѕсоре"},     // all Cyrillic
      {"apple", "аррӏе"},     //
      {"oooo", "οοοο"},       // all Greek
      {"ooo", "օօօ"},         // all Armenian
      {"ismail", "ısmaıl"},   // without dots
  };
  for (const auto& c : cases) {
    const auto one = ParseUserName(c.one);
    const auto other = ParseUserName(c.other);
    ASSERT_TRUE(one.ok()) << one.status();
    ASSERT_TRUE(other.ok()) << other.status();
    EXPECT_NE(one->canonical, other->canonical) << c.one;
    EXPECT_EQ(one->skeleton, other->skeleton) << c.one << " and " << c.other;
  }
}

TEST(SkeletonTest, TellsOtherNamesApart) {
  const struct {
    const char* one;
    const char* other;
  } cases[] = {
      {"ann", "anna"}, {"ian", "lan"},   {"mali", "mall"}, {"jon", "ion"},      {"müller", "muller"},
      {"bob", "bod"},  {"a.bc", "a-bc"}, {"a_bc", "abc"},  {"борис", "бориса"}, {"user5", "users"},
  };
  for (const auto& c : cases) {
    const auto one = ParseUserName(c.one);
    const auto other = ParseUserName(c.other);
    ASSERT_TRUE(one.ok() && other.ok()) << c.one;
    EXPECT_NE(one->skeleton, other->skeleton) << c.one << " and " << c.other;
  }
}

TEST(NamesTest, CanonicalFormsAreStable) {
  constexpr const char* kPieces[] = {
      "a", "B", "ß", "ﬁ",      "İ",  "Σ",  "ς", "ü", "u\u0308", "１",           "1",
      "-", "_", ".", "м",      "王", "か", "ｶ", "ﾞ", "한",      "\u1112\u1161", "א",
      "ب", "क", "्",  "\u0301", "ǅ",  "K",  "ŉ", "ſ"};
  std::mt19937 random(1);
  int accepted = 0;
  for (int i = 0; i < Rounds(50'000); ++i) {
    std::string input;
    // Few kinds of pieces in a name, so that a good part of them is of one script.
    const size_t first = random() % std::size(kPieces);
    for (size_t n = 1 + random() % 8; n > 0; --n) {
      absl::StrAppend(&input, kPieces[(first + random() % 4) % std::size(kPieces)]);
    }
    const auto name = ParseRoomName(input);
    if (!name.ok()) continue;
    ++accepted;
    const auto again = ParseRoomName(name->canonical);
    ASSERT_TRUE(again.ok()) << input << " -> " << name->canonical << ": " << again.status();
    ASSERT_EQ(again->canonical, name->canonical) << input;
    ASSERT_EQ(again->skeleton, name->skeleton) << input;
  }
  EXPECT_GT(accepted, 5'000);
}

TEST(NamesTest, GarbageIsRefusedWithShortMessages) {
  std::mt19937 random(1);
  for (int i = 0; i < Rounds(20'000); ++i) {
    for (const std::string& input : {RandomByteText(random, 80), RandomPieces(random, 10)}) {
      const auto name = ParseUserName(input);
      if (name.ok()) {
        ASSERT_TRUE(IsValidUtf8(name->canonical));
        ASSERT_EQ(SanitizeForTerminal(name->canonical), name->canonical);
        ASSERT_LE(CountCharacters(name->canonical), 32u);
        continue;
      }
      ASSERT_EQ(name.status().code(), absl::StatusCode::kInvalidArgument) << ::testing::PrintToString(input);
      ASSERT_LT(name.status().message().size(), 100u);
      for (const char c : name.status().message()) ASSERT_TRUE(c >= 0x20 && c < 0x7f);
    }
  }
}

TEST(NamesTest, ThreadsShareTheChecker) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 300; ++i) EXPECT_EQ(ParseUserName("Rnodern0").value().skeleton, "rnoderno");
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace parlor
