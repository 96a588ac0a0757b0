#include "client/room/author_log.h"

#include <algorithm>
#include <random>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/rounds.h"

namespace parlor::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Item {
  uint64_t value = 0;
  size_t bytes = 1;
  uint64_t number() const { return value; }
  size_t size() const { return bytes; }
};

using Log = AuthorLog<Item>;
constexpr absl::Time kStart = absl::UnixEpoch();

std::vector<uint64_t> Numbers(Log& log) {
  std::vector<uint64_t> numbers;
  for (const Item& item : log.Take()) numbers.push_back(item.value);
  return numbers;
}

TEST(AuthorLog, HandsOutInOrderAndOnce) {
  Log log;
  EXPECT_EQ(log.Put({1}, kStart), Log::Place::kNext);
  EXPECT_EQ(log.Put({3}, kStart), Log::Place::kHeld);
  EXPECT_EQ(log.Put({3}, kStart), Log::Place::kKnown);
  EXPECT_THAT(Numbers(log), ElementsAre(1));
  EXPECT_EQ(log.Gap(), (std::pair<uint64_t, uint64_t>{2, 2}));
  EXPECT_EQ(log.Put({2}, kStart), Log::Place::kNext);
  EXPECT_THAT(Numbers(log), ElementsAre(2, 3));
  EXPECT_EQ(log.Put({2}, kStart), Log::Place::kKnown);
  EXPECT_THAT(Numbers(log), IsEmpty());
  EXPECT_EQ(log.Gap(), std::nullopt);
}

TEST(AuthorLog, ANewcomerStartsAnywhereAndStillGetsWhatIsOlder) {
  Log log;
  EXPECT_EQ(log.Put({57}, kStart), Log::Place::kNext);
  EXPECT_EQ(log.Put({56}, kStart), Log::Place::kOlder);
  EXPECT_THAT(Numbers(log), ElementsAre(57, 56));
  EXPECT_EQ(log.last(), 57u);
}

TEST(AuthorLog, GoesOnFromWhatIsStored) {
  Log log(10, 20);
  EXPECT_EQ(log.Put({20}, kStart), Log::Place::kKnown);
  EXPECT_EQ(log.Put({22}, kStart), Log::Place::kHeld);
  EXPECT_EQ(log.Put({21}, kStart), Log::Place::kNext);
  EXPECT_THAT(Numbers(log), ElementsAre(21, 22));
}

TEST(AuthorLog, AGapIsGivenUpWhenPatienceEnds) {
  Log log(1, 1);
  log.Put({5}, kStart);
  EXPECT_EQ(log.deadline(), kStart + kGapPatience);
  log.OnTimer(kStart + kGapPatience - absl::Milliseconds(1));
  EXPECT_THAT(Numbers(log), IsEmpty());
  log.OnTimer(kStart + kGapPatience);
  EXPECT_THAT(Numbers(log), ElementsAre(5));
  EXPECT_EQ(log.deadline(), absl::InfiniteFuture());
}

TEST(AuthorLog, WhatAGapLackedIsHandedOutOnceAndNotCountedAsWithoutAGap) {
  Log log(1, 1);
  log.Put({5}, kStart);
  log.OnTimer(kStart + kGapPatience);
  EXPECT_THAT(Numbers(log), ElementsAre(5));
  EXPECT_EQ(log.first(), 5u);
  EXPECT_EQ(log.last(), 5u);
  EXPECT_EQ(log.Put({3}, kStart), Log::Place::kOlder);
  EXPECT_EQ(log.Put({3}, kStart), Log::Place::kKnown);
  EXPECT_THAT(Numbers(log), ElementsAre(3));
  EXPECT_EQ(log.first(), 5u);
}

TEST(AuthorLog, WhatWasHandedOutBeforeAGapIsNotHandedOutAgain) {
  Log log(1, 2);
  log.Put({3}, kStart);
  log.Put({5}, kStart);
  log.OnTimer(kStart + kGapPatience);
  EXPECT_THAT(Numbers(log), ElementsAre(3, 5));
  for (const uint64_t number : {1, 2, 3}) EXPECT_EQ(log.Put({number}, kStart), Log::Place::kKnown) << number;
  EXPECT_EQ(log.Put({4}, kStart), Log::Place::kOlder);
  EXPECT_THAT(Numbers(log), ElementsAre(4));
}

TEST(AuthorLog, HoldsNoMoreThanItSays) {
  Log by_count(1, 1);
  for (uint64_t n = 3; n <= kMaxHeldMessages + 3; ++n) by_count.Put({n}, kStart);
  EXPECT_EQ(Numbers(by_count).size(), kMaxHeldMessages + 1);

  Log by_size(1, 1);
  by_size.Put({3, kMaxHeldBytes}, kStart);
  EXPECT_THAT(Numbers(by_size), IsEmpty());
  by_size.Put({4, 1}, kStart);
  EXPECT_THAT(Numbers(by_size), ElementsAre(3, 4));
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
    log.Put({1}, kStart);
    for (const uint64_t n : arrivals) log.Put({n}, kStart);
    std::vector<uint64_t> expected(50);
    for (uint64_t n = 1; n <= 50; ++n) expected[n - 1] = n;
    EXPECT_EQ(Numbers(log), expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parlor::client
