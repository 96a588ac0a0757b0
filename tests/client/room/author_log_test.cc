#include "client/room/author_log.h"

#include <algorithm>
#include <random>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/rounds.h"
#include "tests/test_time.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Item {
  uint64_t value = 0;
  size_t bytes = 1;
  uint64_t number() const { return value; }
  size_t size() const { return bytes; }
};

using Log = AuthorLog<Item>;

std::vector<uint64_t> Numbers(Log& log) {
  std::vector<uint64_t> numbers;
  for (const Item& item : log.Take()) numbers.push_back(item.value);
  return numbers;
}

TEST(AuthorLog, HandsOutInOrderAndOnce) {
  Log log;
  EXPECT_EQ(log.Put({1}, kTestStart), Log::Place::kNext);
  EXPECT_EQ(log.Put({3}, kTestStart), Log::Place::kHeld);
  EXPECT_EQ(log.Put({3}, kTestStart), Log::Place::kKnown);
  EXPECT_THAT(Numbers(log), ElementsAre(1));
  EXPECT_EQ(log.Gap(), (std::pair<uint64_t, uint64_t>{2, 2}));
  EXPECT_EQ(log.Put({2}, kTestStart), Log::Place::kNext);
  EXPECT_THAT(Numbers(log), ElementsAre(2, 3));
  EXPECT_EQ(log.Put({2}, kTestStart), Log::Place::kKnown);
  EXPECT_THAT(Numbers(log), IsEmpty());
  EXPECT_EQ(log.Gap(), std::nullopt);
}

TEST(AuthorLog, ANewcomerStartsAnywhereAndStillGetsWhatIsOlder) {
  Log log;
  EXPECT_EQ(log.Put({57}, kTestStart), Log::Place::kNext);
  EXPECT_EQ(log.Put({56}, kTestStart), Log::Place::kOlder);
  EXPECT_THAT(Numbers(log), ElementsAre(57, 56));
  EXPECT_EQ(log.last(), 57u);
}

TEST(AuthorLog, GoesOnFromWhatIsStored) {
  Log log(10, 20);
  EXPECT_EQ(log.Put({20}, kTestStart), Log::Place::kKnown);
  EXPECT_EQ(log.Put({22}, kTestStart), Log::Place::kHeld);
  EXPECT_EQ(log.Put({21}, kTestStart), Log::Place::kNext);
  EXPECT_THAT(Numbers(log), ElementsAre(21, 22));
}

TEST(AuthorLog, AGapIsGivenUpWhenPatienceEnds) {
  Log log(1, 1);
  log.Put({5}, kTestStart);
  EXPECT_EQ(log.deadline(), kTestStart + kGapPatience);
  log.OnTimer(kTestStart + kGapPatience - absl::Milliseconds(1));
  EXPECT_THAT(Numbers(log), IsEmpty());
  log.OnTimer(kTestStart + kGapPatience);
  EXPECT_THAT(Numbers(log), ElementsAre(5));
  EXPECT_EQ(log.deadline(), absl::InfiniteFuture());
}

TEST(AuthorLog, WhatAGapLackedIsHandedOutOnceAndNotCountedAsWithoutAGap) {
  Log log(1, 1);
  log.Put({5}, kTestStart);
  log.OnTimer(kTestStart + kGapPatience);
  EXPECT_THAT(Numbers(log), ElementsAre(5));
  EXPECT_EQ(log.first(), 5u);
  EXPECT_EQ(log.last(), 5u);
  EXPECT_EQ(log.Put({3}, kTestStart), Log::Place::kOlder);
  EXPECT_EQ(log.Put({3}, kTestStart), Log::Place::kKnown);
  EXPECT_THAT(Numbers(log), ElementsAre(3));
  EXPECT_EQ(log.first(), 5u);
}

TEST(AuthorLog, WhatWasHandedOutBeforeAGapIsNotHandedOutAgain) {
  Log log(1, 2);
  log.Put({3}, kTestStart);
  log.Put({5}, kTestStart);
  log.OnTimer(kTestStart + kGapPatience);
  EXPECT_THAT(Numbers(log), ElementsAre(3, 5));
  for (const uint64_t number : {1u, 2u, 3u})
    EXPECT_EQ(log.Put({number}, kTestStart), Log::Place::kKnown) << number;
  EXPECT_EQ(log.Put({4}, kTestStart), Log::Place::kOlder);
  EXPECT_THAT(Numbers(log), ElementsAre(4));
}

TEST(AuthorLog, HoldsNoMoreThanItSays) {
  Log by_count(1, 1);
  for (uint64_t n = 3; n <= kMaxHeldMessages + 3; ++n) by_count.Put({n}, kTestStart);
  EXPECT_EQ(Numbers(by_count).size(), kMaxHeldMessages + 1);

  Log by_size(1, 1);
  by_size.Put({3, kMaxHeldBytes}, kTestStart);
  EXPECT_THAT(Numbers(by_size), IsEmpty());
  by_size.Put({4, 1}, kTestStart);
  EXPECT_THAT(Numbers(by_size), ElementsAre(3, 4));
}

// ---- what comes late

TEST(AuthorLog, WhatIsOlderIsPartOfWhatIsKnownWithoutAGapOnceTheyTouch) {
  Log log(10, 12);
  for (const uint64_t number : {7u, 5u, 8u}) {
    EXPECT_EQ(log.Put({number}, kTestStart), Log::Place::kOlder) << number;
    EXPECT_EQ(log.first(), 10u) << number;
  }
  EXPECT_EQ(log.Put({9}, kTestStart), Log::Place::kOlder);
  EXPECT_EQ(log.first(), 7u) << "7 and 8 were one stretch, 5 is another";
  EXPECT_EQ(log.Put({6}, kTestStart), Log::Place::kOlder);
  EXPECT_EQ(log.first(), 5u);
  EXPECT_EQ(log.last(), 12u);
  EXPECT_THAT(Numbers(log), ElementsAre(7, 5, 8, 9, 6));
  for (uint64_t number = 5; number <= 12; ++number) {
    EXPECT_EQ(log.Put({number}, kTestStart), Log::Place::kKnown) << number;
  }
}

TEST(AuthorLog, WhatLiesBetweenTwoLateStretchesMakesThemOne) {
  Log log(10, 10);
  for (const uint64_t number : {2u, 3u, 6u, 7u}) log.Put({number}, kTestStart);
  for (const uint64_t number : {2u, 3u, 6u, 7u}) EXPECT_EQ(log.Put({number}, kTestStart), Log::Place::kKnown);
  for (const uint64_t number : {5u, 4u})
    EXPECT_EQ(log.Put({number}, kTestStart), Log::Place::kOlder) << number;
  for (uint64_t number = 2; number <= 7; ++number) {
    EXPECT_EQ(log.Put({number}, kTestStart), Log::Place::kKnown) << number;
  }
  for (const uint64_t number : {9u, 8u}) log.Put({number}, kTestStart);
  EXPECT_EQ(log.first(), 2u) << "all of it at once";
}

TEST(AuthorLog, AGapThatWasGivenUpAndIsFilledAfterAllIsNone) {
  Log log(1, 2);
  log.Put({6}, kTestStart);
  log.OnTimer(kTestStart + kGapPatience);
  EXPECT_EQ(log.first(), 6u);
  EXPECT_THAT(Numbers(log), ElementsAre(6));
  for (const uint64_t number : {5u, 3u, 4u}) {
    EXPECT_EQ(log.Put({number}, kTestStart), Log::Place::kOlder) << number;
  }
  EXPECT_THAT(Numbers(log), ElementsAre(5, 3, 4));
  EXPECT_EQ(log.first(), 1u);
  EXPECT_EQ(log.last(), 6u);
  EXPECT_EQ(log.Put({7}, kTestStart), Log::Place::kNext);
}

TEST(AuthorLog, OfTwoGapsThatWereGivenUpTheEarlierMayBeFilledFirst) {
  Log log(1, 1);
  log.Put({3}, kTestStart);
  log.Put({5}, kTestStart);
  log.OnTimer(kTestStart + kGapPatience);
  EXPECT_THAT(Numbers(log), ElementsAre(3));
  EXPECT_EQ(log.deadline(), kTestStart + 2 * kGapPatience) << "each gap has its time";
  log.OnTimer(kTestStart + 2 * kGapPatience);
  EXPECT_THAT(Numbers(log), ElementsAre(5));
  EXPECT_EQ(log.Put({2}, kTestStart), Log::Place::kOlder);
  EXPECT_EQ(log.first(), 5u);
  EXPECT_EQ(log.Put({4}, kTestStart), Log::Place::kOlder);
  EXPECT_EQ(log.first(), 1u);
  EXPECT_THAT(Numbers(log), ElementsAre(2, 4));
}

TEST(AuthorLog, OfLateStretchesTheLatestAreRemembered) {
  const uint64_t first = 10 * kMaxHeldMessages;
  Log log(first, first);
  for (uint64_t i = 1; i <= kMaxHeldMessages + 1; ++i) log.Put({2 * i}, kTestStart);
  EXPECT_EQ(Numbers(log).size(), kMaxHeldMessages + 1);
  EXPECT_EQ(log.Put({4}, kTestStart), Log::Place::kKnown);
  EXPECT_EQ(log.Put({2 * kMaxHeldMessages + 2}, kTestStart), Log::Place::kKnown);
  EXPECT_EQ(log.Put({2}, kTestStart), Log::Place::kOlder) << "the earliest was forgotten";
}

// Whatever the order and however often: every number comes out once, in order but for what is older than the
// first.
TEST(AuthorLog, AnyArrivalOrderGivesTheSame) {
  for (int seed = 0; seed < Rounds(200); ++seed) {
    std::mt19937 random(static_cast<uint32_t>(seed));
    std::vector<uint64_t> arrivals;
    for (uint64_t n = 1; n <= 50; ++n) arrivals.insert(arrivals.end(), 1 + random() % 3, n);
    std::shuffle(arrivals.begin(), arrivals.end(), random);
    Log log(0, 0);
    log.Put({1}, kTestStart);
    for (const uint64_t n : arrivals) log.Put({n}, kTestStart);
    std::vector<uint64_t> expected(50);
    for (uint64_t n = 1; n <= 50; ++n) expected[n - 1] = n;
    EXPECT_EQ(Numbers(log), expected) << "seed " << seed;
  }
}

// The same when the first to come is any of them, and gaps are given up meanwhile.
TEST(AuthorLog, AnyArrivalOrderFromAnywhereEndsWithoutAGap) {
  for (int seed = 0; seed < Rounds(200); ++seed) {
    std::mt19937 random(static_cast<uint32_t>(seed));
    std::vector<uint64_t> arrivals;
    for (uint64_t n = 1; n <= 50; ++n) arrivals.insert(arrivals.end(), 1 + random() % 3, n);
    std::shuffle(arrivals.begin(), arrivals.end(), random);
    Log log;
    absl::Time now = kTestStart;
    std::vector<uint64_t> seen;
    for (const uint64_t n : arrivals) {
      log.Put({n}, now);
      if (random() % 10 == 0) log.OnTimer(now += kGapPatience);
      for (const uint64_t number : Numbers(log)) seen.push_back(number);
    }
    log.OnTimer(now + 50 * kGapPatience);
    for (const uint64_t number : Numbers(log)) seen.push_back(number);
    std::sort(seen.begin(), seen.end());
    std::vector<uint64_t> expected(50);
    for (uint64_t n = 1; n <= 50; ++n) expected[n - 1] = n;
    EXPECT_EQ(seen, expected) << "seed " << seed;
    EXPECT_EQ(log.first(), 1u) << "seed " << seed;
    EXPECT_EQ(log.last(), 50u) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parlor::client
