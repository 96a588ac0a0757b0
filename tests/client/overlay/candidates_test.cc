#include "client/overlay/candidates.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::client::overlay {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;

bool Anybody(const PeerId&) {
  return true;
}

class CandidatesTest : public ::testing::Test {
 protected:
  PeerId Member(size_t i) { return absl::StrCat("member", i); }
  std::set<PeerId> PickedOften(absl::Time now) {
    std::set<PeerId> picked;
    for (int i = 0; i < 300; ++i) {
      if (const auto peer = candidates_.Pick(now, Anybody)) picked.insert(*peer);
    }
    return picked;
  }

  const OverlayOptions options_{};
  Random random_{5};
  Candidates candidates_{options_, random_};
};

TEST_F(CandidatesTest, HoldsNoMoreThanItsBound) {
  for (size_t i = 0; i < 1'000; ++i) {
    candidates_.Add(Member(i));
    candidates_.Add(Member(i));
    ASSERT_LE(candidates_.size(), options_.passive_view);
  }
  EXPECT_EQ(candidates_.size(), options_.passive_view);
}

TEST_F(CandidatesTest, LostOnesAreKeptApart) {
  for (size_t i = 0; i < options_.passive_view; ++i) candidates_.AddLost(Member(i), kTestStart);
  for (size_t i = 100; i < 1'000; ++i) {
    candidates_.Add(Member(i));
    ASSERT_LE(candidates_.size(), 2 * options_.passive_view);
  }
  std::set<PeerId> lost;
  for (int i = 0; i < 2'000; ++i)
    lost.insert(candidates_.PickLost(kTestStart + absl::Hours(1), Anybody).value());
  EXPECT_EQ(lost.size(), options_.passive_view) << "newer ones push none of them out";
  for (size_t i = 2'000; i < 3'000; ++i) {
    candidates_.AddLost(Member(i), kTestStart);
    ASSERT_LE(candidates_.size(), 2 * options_.passive_view);
  }
}

TEST_F(CandidatesTest, LostOnesAreNotNamedToOthers) {
  candidates_.AddLost("lost", kTestStart);
  candidates_.Add("known");
  EXPECT_THAT(candidates_.Sample(10), ::testing::ElementsAre("known"));
  EXPECT_THAT(candidates_.Sample(0), IsEmpty());
}

TEST_F(CandidatesTest, PicksAnyOfThoseThatFit) {
  for (size_t i = 0; i < 5; ++i) candidates_.Add(Member(i));
  EXPECT_EQ(PickedOften(kTestStart).size(), 5u);
  EXPECT_EQ(candidates_.Pick(kTestStart, [](const PeerId&) { return false; }), std::nullopt);
  EXPECT_THAT(candidates_.Pick(kTestStart, [](const PeerId& peer) { return peer == "member3"; }),
              Optional(PeerId("member3")));
  EXPECT_EQ(candidates_.size(), 5u);
}

TEST_F(CandidatesTest, WhoDoesNotAnswerTwiceIsForgotten) {
  candidates_.Add("bob");
  candidates_.Failed("bob", kTestStart);
  EXPECT_EQ(candidates_.Pick(kTestStart + absl::Seconds(1), Anybody), std::nullopt) << "not at once again";
  EXPECT_THAT(candidates_.Pick(kTestStart + absl::Minutes(2), Anybody), Optional(PeerId("bob")));
  candidates_.Failed("bob", kTestStart);
  EXPECT_EQ(candidates_.size(), 0u);
}

TEST_F(CandidatesTest, LostOnesAreTriedLessAndLessOftenAndThenNoMore) {
  candidates_.AddLost("bob", kTestStart);
  EXPECT_EQ(candidates_.Pick(kTestStart, Anybody), std::nullopt);
  absl::Time now = kTestStart;
  int tries = 0;
  for (; candidates_.next_lost() != absl::InfiniteFuture() && tries < 100; ++tries) {
    const absl::Duration wait = candidates_.next_lost() - now;
    EXPECT_GE(wait, options_.first_retry * 0.75);
    EXPECT_LE(wait, options_.last_retry * 1.25);
    now += wait;
    EXPECT_EQ(candidates_.PickLost(now - absl::Milliseconds(1), Anybody), std::nullopt);
    ASSERT_THAT(candidates_.PickLost(now, Anybody), Optional(PeerId("bob")));
    candidates_.Failed("bob", now);
  }
  EXPECT_EQ(tries, options_.max_retries + 1);
  EXPECT_EQ(candidates_.size(), 0u);
}

TEST_F(CandidatesTest, ALostOneIsNoLongerAnOrdinaryOne) {
  candidates_.Add("bob");
  candidates_.AddLost("bob", kTestStart);
  EXPECT_EQ(candidates_.size(), 1u);
  EXPECT_THAT(candidates_.Sample(10), Not(Contains("bob")));
  candidates_.Remove("bob");
  EXPECT_EQ(candidates_.size(), 0u);
  candidates_.Failed("bob", kTestStart);  // who is not there does not fail
}

}  // namespace
}  // namespace parlor::client::overlay
