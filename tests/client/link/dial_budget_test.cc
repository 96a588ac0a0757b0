#include "client/link/dial_budget.h"

#include <string>

#include "gtest/gtest.h"

namespace parlor::client {
namespace {

const PeerAddress kVictim{"198.51.100.7", 443};

TEST(DialBudgetTest, ThreeWithinAnyMinute) {
  DialBudget budget;
  EXPECT_TRUE(budget.TryTake(kVictim, absl::Seconds(0)));
  EXPECT_TRUE(budget.TryTake(kVictim, absl::Seconds(30)));
  EXPECT_TRUE(budget.TryTake(kVictim, absl::Seconds(50)));
  EXPECT_FALSE(budget.TryTake(kVictim, absl::Seconds(59)));
  EXPECT_TRUE(budget.TryTake(kVictim, absl::Seconds(60))) << "the first one is a minute old";
  EXPECT_FALSE(budget.TryTake(kVictim, absl::Seconds(89)));
  EXPECT_TRUE(budget.TryTake(kVictim, absl::Seconds(90)));
}

TEST(DialBudgetTest, RefusedDialsAreNotCounted) {
  DialBudget budget;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(budget.TryTake(kVictim, absl::Seconds(0)));
  for (int i = 1; i < 60; ++i) ASSERT_FALSE(budget.TryTake(kVictim, absl::Seconds(i)));
  EXPECT_TRUE(budget.TryTake(kVictim, absl::Seconds(60)));
}

TEST(DialBudgetTest, AddressesAndPortsAreApart) {
  DialBudget budget;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(budget.TryTake(kVictim, absl::Seconds(0)));
  EXPECT_TRUE(budget.TryTake({kVictim.ip, 7000}, absl::Seconds(0)));
  EXPECT_TRUE(budget.TryTake({"2001:db8::7", kVictim.port}, absl::Seconds(0)));
}

TEST(DialBudgetTest, MemoryIsBoundedAndComesBack) {
  DialBudget budget;
  for (size_t i = 0; i < DialBudget::kMaxAddresses; ++i) {
    const auto port = static_cast<uint16_t>(2000 + i);
    ASSERT_TRUE(budget.TryTake({"192.0.2.1", port}, absl::Seconds(0)));
  }
  EXPECT_FALSE(budget.TryTake(kVictim, absl::Seconds(59)));
  EXPECT_EQ(budget.remembered(), DialBudget::kMaxAddresses);
  EXPECT_TRUE(budget.TryTake({"192.0.2.1", 2000}, absl::Seconds(59))) << "a known address has its own budget";
  EXPECT_TRUE(budget.TryTake(kVictim, absl::Seconds(60)));
  EXPECT_EQ(budget.remembered(), 2u);
}

}  // namespace
}  // namespace parlor::client
