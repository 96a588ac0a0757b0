#include "client/overlay/token_bucket.h"

#include "gtest/gtest.h"

namespace parlor::client::overlay {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000);

int TakeAll(TokenBucket& bucket, absl::Time now) {
  int taken = 0;
  while (taken < 1'000'000 && bucket.TryTake(now)) ++taken;
  return taken;
}

TEST(TokenBucketTest, ABurstAndThenThePace) {
  TokenBucket bucket(10, 50);
  EXPECT_EQ(TakeAll(bucket, kStart), 50);
  EXPECT_EQ(TakeAll(bucket, kStart + absl::Seconds(1)), 10);
  EXPECT_EQ(TakeAll(bucket, kStart + absl::Milliseconds(1'150)), 1);
  EXPECT_EQ(TakeAll(bucket, kStart + absl::Milliseconds(1'200)), 1) << "halves add up";
}

TEST(TokenBucketTest, NeverMoreThanTheBurst) {
  TokenBucket bucket(10, 50);
  EXPECT_EQ(TakeAll(bucket, kStart), 50);
  EXPECT_EQ(TakeAll(bucket, kStart + absl::Hours(24)), 50);
}

TEST(TokenBucketTest, TimeThatGoesBackGivesNothing) {
  TokenBucket bucket(10, 50);
  EXPECT_EQ(TakeAll(bucket, kStart), 50);
  EXPECT_FALSE(bucket.TryTake(kStart - absl::Hours(1)));
  EXPECT_FALSE(bucket.TryTake(kStart));
  EXPECT_EQ(TakeAll(bucket, kStart + absl::Seconds(1)), 10);
}

}  // namespace
}  // namespace parlor::client::overlay
