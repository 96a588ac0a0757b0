#include "client/link/udp/udp_batch.h"

#include <string>

#include "gtest/gtest.h"

namespace parlor::client {
namespace {

const UdpAddress kBob = ToUdpAddress({"192.0.2.2", 5000}).value();
const UdpAddress kCarol = ToUdpAddress({"2001:db8::3", 5000}).value();
const UdpAddress kAny;

TEST(UdpBatchTest, PacketsOfOneLengthOnOnePathAreOneMessage) {
  UdpBatch batch;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(batch.Add(std::string(1200, 'x'), kBob, kAny, true));
  ASSERT_TRUE(batch.Add("shorter", kBob, kAny, true));
  ASSERT_TRUE(batch.Add("after the last of a message", kBob, kAny, true));
  ASSERT_EQ(batch.messages().size(), 2u);
  EXPECT_EQ(batch.messages()[0].segment, 1200u);
  EXPECT_EQ(batch.BytesOf(batch.messages()[0]), std::string(3600, 'x') + "shorter");
  EXPECT_EQ(batch.BytesOf(batch.messages()[1]), "after the last of a message");
}

TEST(UdpBatchTest, PathsAndLongerPacketsBeginAnother) {
  UdpBatch batch;
  ASSERT_TRUE(batch.Add("one", kBob, kAny, true));
  ASSERT_TRUE(batch.Add("two", kCarol, kAny, true));
  ASSERT_TRUE(batch.Add("two", kCarol, kBob, true));
  ASSERT_TRUE(batch.Add("three", kCarol, kBob, true));
  EXPECT_EQ(batch.messages().size(), 4u);
}

TEST(UdpBatchTest, WhereTheKernelDoesNotCutEachIsByItself) {
  UdpBatch batch;
  ASSERT_TRUE(batch.Add("one", kBob, kAny, false));
  ASSERT_TRUE(batch.Add("two", kBob, kAny, false));
  EXPECT_EQ(batch.messages().size(), 2u);
}

TEST(UdpBatchTest, NeitherMessagesNorTheirNumberGrowWithoutEnd) {
  UdpBatch batch;
  const std::string packet(1400, 'x');
  size_t added = 0;
  while (batch.Add(packet, kBob, kAny, true)) ++added;
  EXPECT_EQ(added, UdpBatch::kMaxBytes / packet.size());
  for (const UdpBatch::Message& message : batch.messages())
    EXPECT_LE(message.size, UdpBatch::kMaxMessageSize);
  batch.Clear();
  EXPECT_TRUE(batch.messages().empty());
  for (size_t i = 0; i < UdpBatch::kMaxMessages; ++i) ASSERT_TRUE(batch.Add("x", kBob, kAny, false));
  EXPECT_FALSE(batch.Add("x", kBob, kAny, false));
}

TEST(UdpAddressTest, TextThereAndBack) {
  for (const PeerAddress& address : {PeerAddress{"192.0.2.2", 5000}, PeerAddress{"2001:db8::3", 443}}) {
    const UdpAddress held = ToUdpAddress(address).value();
    EXPECT_EQ(ToPeerAddress(held), address);
    const sockaddr_in6 raw = ToSockaddr(held);
    EXPECT_EQ(FromSockaddr(reinterpret_cast<const sockaddr*>(&raw)), held);
  }
  EXPECT_TRUE(kBob.is_ipv4());
  EXPECT_FALSE(kCarol.is_ipv4());
  EXPECT_EQ(FromIpv4(ToIpv4(kBob), 5000), kBob);
  EXPECT_EQ(ToUdpAddress({"somewhere", 1}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace parlor::client
