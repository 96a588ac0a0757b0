#include "client/link/handshake_slots.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

TEST(HandshakeSlotsTest, OneHostLeavesRoomForOthers) {
  HandshakeSlots slots(4, 2);
  EXPECT_TRUE(slots.TryTake("192.0.2.1"));
  EXPECT_TRUE(slots.TryTake("192.0.2.1"));
  EXPECT_FALSE(slots.TryTake("192.0.2.1"));
  EXPECT_TRUE(slots.TryTake("192.0.2.2"));
  EXPECT_EQ(slots.taken(), 3u);
  slots.Release("192.0.2.1");
  EXPECT_TRUE(slots.TryTake("192.0.2.1"));
}

TEST(HandshakeSlotsTest, AllTogetherAreBounded) {
  HandshakeSlots slots(4, 2);
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(slots.TryTake(absl::StrCat("192.0.2.", i)));
  EXPECT_FALSE(slots.TryTake("192.0.2.9"));
  slots.Release("192.0.2.3");
  EXPECT_TRUE(slots.TryTake("192.0.2.9"));
}

TEST(HandshakeSlotsTest, AnIpv6HostIsItsNetwork) {
  HandshakeSlots slots(8, 2);
  EXPECT_TRUE(slots.TryTake("2001:db8:1:2::1"));
  EXPECT_TRUE(slots.TryTake("2001:db8:1:2:ffff::"));
  EXPECT_FALSE(slots.TryTake("2001:db8:1:2::3"));
  EXPECT_TRUE(slots.TryTake("2001:db8:1:3::1"));
  slots.Release("2001:db8:1:2::1");
  EXPECT_TRUE(slots.TryTake("2001:db8:1:2::3"));
}

}  // namespace
}  // namespace parlor::client
