// What time validity is judged at, over outages of every length.
#include "client/trust/judgement_clock.h"

#include "gtest/gtest.h"

namespace parlor::client {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

absl::Time At(absl::Duration after) {
  return kStart + after;
}

TEST(JudgementClockTest, NeverHeardOfIsThePresent) {
  JudgementClock clock;
  EXPECT_EQ(clock.AsOf(kStart), kStart);
  clock.Lost();
  EXPECT_EQ(clock.AsOf(kStart), kStart);
  EXPECT_EQ(clock.strict_from(), absl::InfiniteFuture());
}

TEST(JudgementClockTest, TheFirstMomentIsStrict) {
  JudgementClock clock;
  clock.Restore(kStart - absl::Hours(20));
  EXPECT_EQ(clock.AsOf(kStart), kStart - absl::Hours(20)) << "not heard of in this process yet";
  clock.Heard(kStart);
  EXPECT_EQ(clock.AsOf(kStart), kStart);
  EXPECT_EQ(clock.AsOf(At(absl::Hours(1))), At(absl::Hours(1)));
}

TEST(JudgementClockTest, StandsStillWhileAwayForSevenDays) {
  JudgementClock clock;
  clock.Heard(kStart);
  clock.Lost();
  EXPECT_EQ(clock.AsOf(At(absl::Hours(7 * 24))), kStart);
  EXPECT_EQ(clock.AsOf(At(absl::Hours(7 * 24) + absl::Seconds(1))),
            At(absl::Hours(7 * 24) + absl::Seconds(1)));
  EXPECT_EQ(clock.AsOf(kStart - absl::Hours(1)), kStart - absl::Hours(1)) << "the server's clock went back";
}

TEST(JudgementClockTest, StrictAgainFiftySecondsAfterTheReturn) {
  JudgementClock clock;
  clock.Heard(kStart);
  clock.Lost();
  clock.Heard(At(absl::Hours(1)));
  clock.Heard(At(absl::Hours(1) + absl::Seconds(49)));
  EXPECT_EQ(clock.AsOf(At(absl::Hours(1) + absl::Seconds(49))), kStart);
  EXPECT_EQ(clock.last_strict(), kStart);
  EXPECT_EQ(clock.strict_from(), At(absl::Hours(1) + absl::Seconds(50)));
  EXPECT_EQ(clock.AsOf(clock.strict_from()), clock.strict_from());
}

// An outage that is interrupted for a moment, in which nobody else was renewed, is one outage.
TEST(JudgementClockTest, AMomentInBetweenChangesNothing) {
  JudgementClock clock;
  clock.Heard(kStart);
  clock.Lost();
  clock.Heard(At(absl::Hours(1)));
  clock.Lost();
  EXPECT_EQ(clock.AsOf(At(absl::Hours(5))), kStart);
  clock.Heard(At(absl::Hours(5)));
  EXPECT_EQ(clock.AsOf(At(absl::Hours(5))), kStart);
  EXPECT_EQ(clock.strict_from(), At(absl::Hours(5) + absl::Seconds(50)));
}

}  // namespace
}  // namespace parlor::client
