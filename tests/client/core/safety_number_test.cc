#include "client/core/core.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

TEST(SafetyNumber, IsTheSameOnBothSidesAndOnlyForTheseKeys) {
  const std::string number = SafetyNumber("ann", "key-a", "bob", "key-b");
  EXPECT_EQ(number.size(), 60u + 11u);  // 12 groups of 5
  EXPECT_EQ(number.find_first_not_of("0123456789 "), std::string::npos);
  EXPECT_EQ(SafetyNumber("bob", "key-b", "ann", "key-a"), number);
  EXPECT_NE(SafetyNumber("ann", "key-a", "bob", "key-c"), number);
  EXPECT_NE(SafetyNumber("ann", "key-a", "bobby", "key-b"), number);
}

}  // namespace
}  // namespace parlor::client
