#include "services/common/rate_limiter.h"

#include "absl/strings/str_cat.h"
#include "base/retry.h"
#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::service {
namespace {

TEST(RateLimiter, ABurstThenTheRate) {
  RateLimiter limiter({.per_second = 2, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.Take("a", kTestStart), absl::ZeroDuration());
  EXPECT_EQ(limiter.Take("a", kTestStart), absl::Milliseconds(500));
  EXPECT_EQ(limiter.Take("b", kTestStart), absl::ZeroDuration()) << "keys do not share";
  EXPECT_EQ(limiter.Take("a", kTestStart + absl::Milliseconds(500)), absl::ZeroDuration());
  EXPECT_EQ(limiter.Take("a", kTestStart + absl::Milliseconds(500)), absl::Milliseconds(500));
}

TEST(RateLimiter, ARefusalCostsNothingAndABucketNeverHoldsMoreThanItsBurst) {
  RateLimiter limiter({.per_second = 1, .burst = 2});
  EXPECT_EQ(limiter.Take("a", kTestStart, 3), absl::InfiniteDuration());
  EXPECT_EQ(limiter.Take("a", kTestStart, 2), absl::ZeroDuration());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(limiter.Take("a", kTestStart), absl::Seconds(1));
  const absl::Time later = kTestStart + absl::Hours(1);
  EXPECT_EQ(limiter.Take("a", later, 2), absl::ZeroDuration());
  EXPECT_EQ(limiter.Take("a", later), absl::Seconds(1));
}

TEST(RateLimiter, AClockThatGoesBackGivesNothing) {
  RateLimiter limiter({.per_second = 1, .burst = 1});
  EXPECT_EQ(limiter.Take("a", kTestStart), absl::ZeroDuration());
  EXPECT_EQ(limiter.Take("a", kTestStart - absl::Hours(1)), absl::Seconds(1));
  EXPECT_EQ(limiter.Take("a", kTestStart), absl::Seconds(1));
  EXPECT_EQ(limiter.Take("a", kTestStart + absl::Seconds(1)), absl::ZeroDuration());
}

TEST(RateLimiter, ForgetsTheKeyThatWasUnusedForLongestAtTheBound) {
  RateLimiter limiter({.per_second = 0.001, .burst = 1, .max_keys = 3});
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(limiter.Take(key, kTestStart), absl::ZeroDuration());
  EXPECT_NE(limiter.Take("a", kTestStart), absl::ZeroDuration());  // used again: b is the oldest now
  EXPECT_EQ(limiter.Take("d", kTestStart), absl::ZeroDuration());
  EXPECT_EQ(limiter.keys(), 3U);
  EXPECT_NE(limiter.Take("a", kTestStart), absl::ZeroDuration());
  EXPECT_EQ(limiter.Take("b", kTestStart), absl::ZeroDuration());
}

TEST(RateLimiter, FullBucketsAreForgotten) {
  RateLimiter limiter({.per_second = 1, .burst = 1});
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(limiter.Take(absl::StrCat(i), kTestStart + i * absl::Seconds(1)), absl::ZeroDuration());
  }
  EXPECT_LE(limiter.keys(), 2U);
}

TEST(RateLimiter, ARefusalSaysWhenToTryAgain) {
  RateLimiter limiter({.per_second = 0.1, .burst = 1});
  EXPECT_TRUE(limiter.Check("a", kTestStart, "too many signals").ok());
  const absl::Status status = limiter.Check("a", kTestStart, "too many signals");
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_EQ(status.message(), "too many signals: try again in 10s");
  EXPECT_EQ(RetryAfter(status), absl::Seconds(10));
}

}  // namespace
}  // namespace parlor::service
