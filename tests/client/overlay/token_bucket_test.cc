#include "client/overlay/token_bucket.h"

#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::client::overlay {
namespace {

int TakeAll(TokenBucket& bucket, absl::Time now) {
  int taken = 0;
  while (taken < 1'000'000 && bucket.TryTake(now)) ++taken;
  return taken;
}

TEST(TokenBucketTest, ABurstAndThenThePace) {
  TokenBucket bucket(10, 50);
  EXPECT_EQ(TakeAll(bucket, kTestStart), 50);
  EXPECT_EQ(TakeAll(bucket, kTestStart + absl::Seconds(1)), 10);
  EXPECT_EQ(TakeAll(bucket, kTestStart + absl::Milliseconds(1'150)), 1);
  EXPECT_EQ(TakeAll(bucket, kTestStart + absl::Milliseconds(1'200)), 1) << "halves add up";
}

TEST(TokenBucketTest, NeverMoreThanTheBurst) {
  TokenBucket bucket(10, 50);
  EXPECT_EQ(TakeAll(bucket, kTestStart), 50);
  EXPECT_EQ(TakeAll(bucket, kTestStart + absl::Hours(24)), 50);
}

TEST(TokenBucketTest, TimeThatGoesBackGivesNothing) {
  TokenBucket bucket(10, 50);
  EXPECT_EQ(TakeAll(bucket, kTestStart), 50);
  EXPECT_FALSE(bucket.TryTake(kTestStart - absl::Hours(1)));
  EXPECT_FALSE(bucket.TryTake(kTestStart));
  EXPECT_EQ(TakeAll(bucket, kTestStart + absl::Seconds(1)), 10);
}

}  // namespace
}  // namespace parlor::client::overlay
