#include "client/ui/line/typing.h"

#include <gtest/gtest.h>

namespace parlor::client {
namespace {

TEST(TypingTest, IsShownForSixSecondsAtMost) {
  TypingOthers others;
  const absl::Duration start = absl::Seconds(100);
  others.Add("#lobby", "bob", start);
  EXPECT_EQ(others.In("#lobby"), std::vector<std::string>{"bob"});
  EXPECT_TRUE(others.In("@bob").empty());
  EXPECT_FALSE(others.Expire(start + absl::Seconds(5)));
  EXPECT_TRUE(others.Expire(start + absl::Seconds(6)));
  EXPECT_TRUE(others.empty());
}

TEST(TypingTest, EndsWithTheMessage) {
  TypingOthers others;
  others.Add("#lobby", "bob", absl::ZeroDuration());
  others.Remove("#lobby", "bob");
  EXPECT_TRUE(others.empty());
}

TEST(TypingTest, ACrowdIsBounded) {
  TypingOthers others;
  for (int i = 0; i < 1000; ++i) others.Add("#lobby", std::to_string(i), absl::ZeroDuration());
  EXPECT_EQ(others.In("#lobby").size(), kMaxTyping);
}

TEST(TypingTest, IsToldEveryThreeSecondsAtMost) {
  TypingSelf self;
  EXPECT_TRUE(self.Tell("#lobby", absl::Seconds(10)));
  EXPECT_FALSE(self.Tell("#lobby", absl::Seconds(12.9)));
  EXPECT_TRUE(self.Tell("@bob", absl::Seconds(12.9)));
  EXPECT_TRUE(self.Tell("#lobby", absl::Seconds(13)));
}

}  // namespace
}  // namespace parlor::client
