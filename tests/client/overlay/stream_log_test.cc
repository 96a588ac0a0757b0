#include "client/overlay/stream_log.h"

#include <limits>
#include <random>
#include <set>

#include "gtest/gtest.h"

namespace parlor::client::overlay {
namespace {

constexpr uint64_t kLast = std::numeric_limits<uint64_t>::max();

// All numbers that are here or not owed, one by one.
class NaiveLog {
 public:
  explicit NaiveLog(uint64_t from) {
    for (uint64_t number = 1; number < from; ++number) known_.insert(number);
  }

  bool Knows(uint64_t number) const { return known_.contains(number); }
  bool Add(uint64_t number) { return known_.insert(number).second; }
  void SkipTo(uint64_t number) {
    for (uint64_t skipped = 1; skipped <= number; ++skipped) known_.insert(skipped);
  }
  uint64_t up_to() const {
    uint64_t up_to = 0;
    while (known_.contains(up_to + 1)) ++up_to;
    return up_to;
  }
  uint64_t highest() const { return known_.empty() ? 0 : *known_.rbegin(); }
  size_t held() const { return known_.size() - up_to(); }

  std::optional<Range> Gap(uint64_t announced) const {
    const uint64_t from = up_to() + 1;
    const auto after = known_.upper_bound(from);
    if (after != known_.end()) return Range{from, *after - 1};
    return announced >= from ? std::optional(Range{from, announced}) : std::nullopt;
  }

 private:
  std::set<uint64_t> known_;
};

void ExpectSame(const StreamLog& log, const NaiveLog& naive, uint64_t announced) {
  ASSERT_EQ(log.up_to(), naive.up_to());
  ASSERT_EQ(log.highest(), naive.highest());
  ASSERT_EQ(log.held(), naive.held());
  for (uint64_t number = 1; number < 80; ++number)
    ASSERT_EQ(log.Knows(number), naive.Knows(number)) << number;
  const auto gap = log.Gap(announced);
  const auto expected = naive.Gap(announced);
  ASSERT_EQ(gap.has_value(), expected.has_value());
  if (!gap.has_value()) return;
  ASSERT_EQ(gap->from, expected->from);
  ASSERT_EQ(gap->to, expected->to);
}

TEST(StreamLogTest, IsTheSetOfWhatCame) {
  std::mt19937_64 random(7);
  for (int run = 0; run < 200; ++run) {
    const uint64_t from = 1 + random() % 10;
    StreamLog log(from);
    NaiveLog naive(from);
    for (int step = 0; step < 60; ++step) {
      const uint64_t number = 1 + random() % 60;
      if (random() % 10 == 0) {
        log.SkipTo(number);
        naive.SkipTo(number);
      } else {
        ASSERT_EQ(log.Add(number), naive.Add(number));
      }
      ASSERT_NO_FATAL_FAILURE(ExpectSame(log, naive, random() % 80));
    }
  }
}

TEST(StreamLogTest, AskingForTheGapsOneAfterTheOtherFillsThemAll) {
  StreamLog log;
  for (const uint64_t number : {3u, 7u, 8u, 12u}) log.Add(number);
  while (const auto gap = log.Gap(14)) {
    ASSERT_LE(gap->from, gap->to);
    for (uint64_t number = gap->from; number <= gap->to; ++number) ASSERT_TRUE(log.Add(number));
  }
  EXPECT_EQ(log.up_to(), 14u);
  EXPECT_EQ(log.held(), 0u);
}

TEST(StreamLogTest, TheLastNumberThatThereIsDoesNoHarm) {
  StreamLog log;
  EXPECT_TRUE(log.Add(kLast));
  EXPECT_FALSE(log.Knows(1));
  EXPECT_TRUE(log.Knows(kLast));
  EXPECT_EQ(log.highest(), kLast);
  ASSERT_TRUE(log.Gap(0).has_value());
  EXPECT_EQ(log.Gap(0)->from, 1u);
  EXPECT_EQ(log.Gap(0)->to, kLast - 1);
  EXPECT_EQ(log.held(), 1u);
  log.SkipTo(kLast - 1);
  EXPECT_EQ(log.up_to(), kLast);
  EXPECT_FALSE(log.Gap(kLast).has_value());
}

}  // namespace
}  // namespace parlor::client::overlay
