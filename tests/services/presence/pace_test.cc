#include "services/presence/pace.h"

#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::presence {
namespace {

constexpr absl::Duration kShortest = absl::Seconds(5);

TEST(PaceTest, HeartbeatsGetRarerWithTheLoadAndNotTooRare) {
  const PaceOptions options;
  EXPECT_EQ(HeartbeatFor(options, kShortest, 0), absl::Seconds(5));
  EXPECT_EQ(HeartbeatFor(options, kShortest, 2'500), absl::Seconds(5));
  EXPECT_EQ(HeartbeatFor(options, kShortest, 5'000), absl::Seconds(10));
  EXPECT_EQ(HeartbeatFor(options, kShortest, 10'000), absl::Seconds(20));
  EXPECT_EQ(HeartbeatFor(options, kShortest, 19'000), absl::Seconds(20));
}

// Whatever the pace, 30 s never pass between two answers.
TEST(PaceTest, AnswersAreAsRareAsTheyMayBe) {
  const PaceOptions options;
  for (const absl::Duration heartbeat :
       {absl::Seconds(5), absl::Seconds(7), absl::Seconds(15), absl::Seconds(20)}) {
    absl::Time answered = absl::InfinitePast();
    int answers = 0, beats = 0;
    for (absl::Time now = kTestStart; now < kTestStart + absl::Minutes(10); now += heartbeat, ++beats) {
      if (!MustAnswer(options, kShortest, heartbeat, answered, now)) continue;
      EXPECT_TRUE(answers++ == 0 || now - answered <= absl::Seconds(30)) << heartbeat;
      answered = now;
    }
    EXPECT_LE(answers, 10 * 60 / (30 - absl::ToDoubleSeconds(heartbeat)) + 2) << heartbeat;
    EXPECT_LE(answers, beats);
  }
}

}  // namespace
}  // namespace parlor::presence
