#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/text/text.h"
#include "tests/base/text/random_text.h"
#include "tests/rounds.h"

namespace parlor {
namespace {

// Clusters, separated by '|'.
std::string Split(absl::string_view text) {
  std::vector<absl::string_view> clusters;
  for (size_t at = 0; at < text.size();) {
    const size_t next = NextGrapheme(text, at);
    clusters.push_back(text.substr(at, next - at));
    at = next;
  }
  return absl::StrJoin(clusters, "|");
}

TEST(DisplayWidthTest, IsWhatATerminalShows) {
  const struct {
    const char* text;
    int width;
  } cases[] = {
      {"", 0},
      {"a", 1},
      {"hello, world ~", 14},
      {"äöüß", 4},
      {"Привет", 6},
      {"שלום", 4},
      {"e\u0301", 1},
      {"e\u0301\u0302\u0303", 1},
      {"\u0301", 0},
      {"\u200b\u200e", 0},
      {"co\u00adop", 5},
      {"中文", 4},
      {"日本語", 6},
      {"한국어", 6},
      {"\u1112\u1161\u11ab", 2},  // 한 of three parts
      {"ｆｕｌｌ", 8},
      {"ﾊﾝｶｸ", 4},
      {"น้ำ", 2},
      {"कि", 1},
      {"👍", 2},
      {"👍🏽", 2},
      {"👩\u200d👩\u200d👧\u200d👦", 2},
      {"🇩🇪", 2},
      {"🇩🇪🇫🇷", 4},
      {"❤", 1},
      {"❤\ufe0f", 2},
      {"1\ufe0f\u20e3", 2},
      {"⌚", 2},
      {"a👍b中c", 7},
      {"\ufffd", 1},
      {"\n", 0},
      {"─│", 2},
  };
  for (const auto& c : cases) EXPECT_EQ(DisplayWidth(c.text), c.width) << c.text;
}

TEST(TruncateTest, CutsBetweenClusters) {
  const struct {
    const char* text;
    int columns;
    const char* prefix;
  } cases[] = {
      {"hello", 10, "hello"},
      {"hello", 5, "hello"},
      {"hello", 3, "hel"},
      {"hello", 0, ""},
      {"hello", -1, ""},
      {"", 5, ""},
      {"中文", 4, "中文"},
      {"中文", 3, "中"},
      {"中文", 1, ""},
      {"a中", 2, "a"},
      {"ab\u0301c", 2, "ab\u0301"},
      {"ab\u0301c", 1, "a"},
      {"👩\u200d💻x", 2, "👩\u200d💻"},
      {"👩\u200d💻x", 1, ""},
      {"\u200bx", 0, "\u200b"},
      {"\u200bx", -1, ""},
      {"ab中", 2, "ab"},
      {"ab\u0301", 0, ""},
  };
  for (const auto& c : cases)
    EXPECT_EQ(TruncateToWidth(c.text, c.columns), c.prefix) << c.text << " " << c.columns;
}

TEST(GraphemeTest, SplitsAsPeopleSee) {
  const struct {
    const char* joined;
    const char* split;
  } cases[] = {
      {"abc", "a|b|c"},
      {"ae\u0301x", "a|e\u0301|x"},
      {"\u0301a", "\u0301|a"},
      {"👩\u200d💻👍🏽", "👩\u200d💻|👍🏽"},
      {"🇩🇪🇫🇷", "🇩🇪|🇫🇷"},
      {"x🇩🇪🇫🇷", "x|🇩🇪|🇫🇷"},
      {"한\u1112\u1161\u11ab", "한|\u1112\u1161\u11ab"},
      {"นำ", "นำ"},
      {"a\nb", "a|\n|b"},
      {"a\r\nb", "a|\r\n|b"},
  };
  for (const auto& c : cases) EXPECT_EQ(Split(c.joined), c.split);
}

TEST(GraphemeTest, StaysInside) {
  const std::string text = "ae\u0301";
  EXPECT_EQ(NextGrapheme(text, text.size()), text.size());
  EXPECT_EQ(NextGrapheme(text, 1000), text.size());
  EXPECT_EQ(NextGrapheme("", 0), 0u);
  EXPECT_EQ(NextGrapheme(absl::string_view(), 7), 0u);
  EXPECT_EQ(PreviousGrapheme(text, 0), 0u);
  EXPECT_EQ(PreviousGrapheme(text, 1000), 1u);
  EXPECT_EQ(PreviousGrapheme(absl::string_view(), 7), 0u);
  EXPECT_EQ(DisplayWidth(absl::string_view()), 0);
}

void ExpectConsistent(const std::string& text) {
  SCOPED_TRACE(testing::PrintToString(text));
  // Forwards and backwards the boundaries are the same.
  std::vector<size_t> boundaries = {0};
  while (boundaries.back() < text.size()) {
    const size_t next = NextGrapheme(text, boundaries.back());
    ASSERT_GT(next, boundaries.back());
    ASSERT_EQ(PreviousGrapheme(text, next), boundaries.back());
    boundaries.push_back(next);
  }
  ASSERT_EQ(boundaries.back(), text.size());
  // From anywhere, also from inside a cluster or a character, it goes on to one of them.
  for (size_t at = 0; at < text.size(); ++at) {
    const auto after = std::upper_bound(boundaries.begin(), boundaries.end(), at);
    ASSERT_EQ(NextGrapheme(text, at), *after) << at;
  }
  // The width is that of the clusters, and cutting keeps within it and takes all that fits.
  int sum = 0;
  for (size_t i = 1; i < boundaries.size(); ++i) {
    sum += DisplayWidth(absl::string_view(text).substr(boundaries[i - 1], boundaries[i] - boundaries[i - 1]));
  }
  const int width = DisplayWidth(text);
  ASSERT_EQ(width, sum);
  for (int columns = -1; columns <= width + 1; ++columns) {
    const absl::string_view prefix = TruncateToWidth(text, columns);
    ASSERT_TRUE(absl::StartsWith(text, prefix));
    ASSERT_LE(DisplayWidth(prefix), std::max(columns, 0));
    ASSERT_TRUE(std::binary_search(boundaries.begin(), boundaries.end(), prefix.size()));
    if (columns < 0 || prefix.size() == text.size()) continue;
    const size_t next = NextGrapheme(text, prefix.size());
    ASSERT_GT(DisplayWidth(absl::string_view(text).substr(0, next)), columns) << "one more would have fitted";
  }
}

TEST(GraphemeTest, IsConsistentForSanitizedText) {
  std::mt19937 random(1);
  for (int i = 0; i < Rounds(1500); ++i) {
    ExpectConsistent(SanitizeForTerminal(RandomPieces(random, 12)));
    ExpectConsistent(SanitizeForTerminal(RandomByteText(random, 24)));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(GraphemeTest, AdvancesThroughAnyBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < Rounds(5000); ++i) {
    const std::string text = RandomByteText(random, 24) + RandomPieces(random, 4);
    for (size_t at = 0; at < text.size(); ++at) {
      ASSERT_GT(NextGrapheme(text, at), at) << testing::PrintToString(text);
      ASSERT_LT(PreviousGrapheme(text, at + 1), at + 1) << testing::PrintToString(text);
    }
  }
}

TEST(GraphemeTest, EachThreadHasItsOwnIterator) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      std::string text;
      for (int i = 0; i <= t; ++i) absl::StrAppend(&text, "👍🏽中e\u0301");
      for (int i = 0; i < 500; ++i) EXPECT_EQ(DisplayWidth(text), 5 * (t + 1));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace parlor
