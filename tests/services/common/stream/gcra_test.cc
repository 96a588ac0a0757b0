#include "services/common/stream/gcra.h"

#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::service {
namespace {

int AllowedAtOnce(Gcra& limit, const Rate& rate, absl::Time now) {
  int allowed = 0;
  while (allowed < 1000 && limit.Allow(rate, now)) ++allowed;
  return allowed;
}

TEST(GcraTest, AllowsABurstAndThenTheRate) {
  const Rate rate{absl::Milliseconds(50), 100};
  Gcra limit;
  EXPECT_EQ(AllowedAtOnce(limit, rate, kTestStart), 100);
  EXPECT_EQ(AllowedAtOnce(limit, rate, kTestStart + absl::Milliseconds(49)), 0);
  EXPECT_EQ(AllowedAtOnce(limit, rate, kTestStart + absl::Milliseconds(50)), 1);
  EXPECT_EQ(AllowedAtOnce(limit, rate, kTestStart + absl::Seconds(1)), 19);
  EXPECT_EQ(AllowedAtOnce(limit, rate, kTestStart + absl::Hours(1)), 100);
}

TEST(GcraTest, AClockThatGoesBackGivesNothing) {
  const Rate rate{absl::Seconds(1), 1};
  Gcra limit;
  EXPECT_TRUE(limit.Allow(rate, kTestStart));
  EXPECT_FALSE(limit.Allow(rate, kTestStart - absl::Hours(1)));
  EXPECT_TRUE(limit.Allow(rate, kTestStart + absl::Seconds(1)));
}

}  // namespace
}  // namespace parlor::service
