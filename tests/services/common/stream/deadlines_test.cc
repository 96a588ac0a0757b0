#include "services/common/stream/deadlines.h"

#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::service {
namespace {

const absl::Time kTokenEnds = kTestStart + absl::Minutes(10);
constexpr absl::Duration kMoment = absl::Milliseconds(1);

class DeadlinesTest : public ::testing::Test {
 protected:
  // Heartbeats of 5 s, three may be missed; the first frame within 10 s; a warning 60 s before the token
  // ends.
  const StreamOptions options_{};
  StreamDeadlines deadlines_{kTokenEnds, kTestStart};
};

TEST_F(DeadlinesTest, TheFirstFrameHasToComeInTime) {
  const auto early = deadlines_.Check(options_, kTestStart);
  EXPECT_TRUE(early.end.ok());
  EXPECT_EQ(early.next, kTestStart + absl::Seconds(10));
  EXPECT_TRUE(deadlines_.Check(options_, kTestStart + absl::Seconds(10) - kMoment).end.ok());
  EXPECT_EQ(deadlines_.Check(options_, kTestStart + absl::Seconds(10)).end.code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(DeadlinesTest, ThreeMissedHeartbeatsEndTheStream) {
  const absl::Time heard = kTestStart + absl::Seconds(7);
  deadlines_.Heard(heard);
  EXPECT_EQ(deadlines_.Check(options_, heard).next, heard + absl::Seconds(15));
  EXPECT_TRUE(deadlines_.Check(options_, heard + absl::Seconds(15) - kMoment).end.ok());
  EXPECT_EQ(deadlines_.Check(options_, heard + absl::Seconds(15)).end.code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(DeadlinesTest, ThePaceThatWasToldCounts) {
  deadlines_.Heard(kTestStart);
  deadlines_.SetHeartbeat(absl::Seconds(20));
  EXPECT_EQ(deadlines_.Check(options_, kTestStart).next, kTestStart + absl::Seconds(60));
  // A shorter one counts once the other side has shown that it knows.
  deadlines_.SetHeartbeat(absl::Seconds(10));
  EXPECT_EQ(deadlines_.Check(options_, kTestStart).next, kTestStart + absl::Seconds(60));
  deadlines_.Heard(kTestStart);
  EXPECT_EQ(deadlines_.Check(options_, kTestStart).next, kTestStart + absl::Seconds(30));
}

TEST_F(DeadlinesTest, EachFrameIsASignOfLife) {
  for (absl::Time now = kTestStart; now < kTokenEnds - absl::Minutes(1); now += absl::Seconds(14)) {
    deadlines_.Heard(now);
    EXPECT_TRUE(deadlines_.Check(options_, now + absl::Seconds(14)).end.ok());
  }
}

TEST_F(DeadlinesTest, WarnsOnceAndEndsWithTheToken) {
  const absl::Time warn_at = kTokenEnds - absl::Seconds(60);
  deadlines_.Heard(warn_at - kMoment);
  const auto before = deadlines_.Check(options_, warn_at - kMoment);
  EXPECT_FALSE(before.warn_token);
  EXPECT_EQ(before.next, warn_at);
  EXPECT_TRUE(deadlines_.Check(options_, warn_at).warn_token);
  EXPECT_FALSE(deadlines_.Check(options_, warn_at).warn_token);
  deadlines_.Heard(kTokenEnds);
  EXPECT_TRUE(deadlines_.Check(options_, kTokenEnds - kMoment).end.ok());
  EXPECT_EQ(deadlines_.Check(options_, kTokenEnds).end.code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(DeadlinesTest, AFreshTokenProlongsAndIsWarnedOfAgain) {
  deadlines_.Heard(kTokenEnds - absl::Seconds(30));
  EXPECT_TRUE(deadlines_.Check(options_, kTokenEnds - absl::Seconds(30)).warn_token);
  deadlines_.ExtendToken(kTokenEnds + absl::Minutes(10));
  deadlines_.Heard(kTokenEnds);
  const auto later = deadlines_.Check(options_, kTokenEnds);
  EXPECT_TRUE(later.end.ok());
  EXPECT_FALSE(later.warn_token);
  const absl::Time warn_again = kTokenEnds + absl::Minutes(9);
  deadlines_.Heard(warn_again);
  EXPECT_TRUE(deadlines_.Check(options_, warn_again).warn_token);
}

TEST_F(DeadlinesTest, ATokenThatEndsEarlierChangesNothing) {
  deadlines_.ExtendToken(kTestStart + absl::Seconds(1));
  EXPECT_EQ(deadlines_.token_ends(), kTokenEnds);
}

}  // namespace
}  // namespace parlor::service
