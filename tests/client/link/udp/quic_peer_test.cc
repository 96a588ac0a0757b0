// Frames that no honest side sends, as tests/fuzz/quic_peer found what they do.
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/udp/quic_pair.h"
#include "tests/fuzz/hostile_packets.h"
#include "tests/fuzz/quic_frames.h"

namespace parlor::client {
namespace {

using fuzz::Varint;
using ::testing::HasSubstr;

constexpr uint64_t kStopSending = 0x05, kNewConnectionId = 0x18;  // RFC 9000, section 19

class QuicPeerTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(pair_.Connect()); }

  // A packet of the acceptor's, which is the last that it says and hears. False if time stands still then.
  bool Send(const std::string& frames) {
    EXPECT_TRUE(pair_.acceptor.quic->SendDatagram(packets_.Carrier(frames)));
    pair_.Flush();
    pair_.cut = true;
    int events = 0;
    return !pair_.Until([&] { return ++events == 1000; }, absl::Seconds(1));
  }

  const TestPki pki_{absl::Now()};
  fuzz::HostilePackets packets_;
  QuicPair pair_{pki_.Device("alice"), pki_.Device("bob"), pki_.Judge(), "bob"};
};

TEST_F(QuicPeerTest, WhoGivesUpOurStreamIsNotWaitedForWhenThereIsSomethingToSay) {
  ASSERT_TRUE(Send(Varint(kStopSending) + Varint(0) + Varint(0)));
  ASSERT_TRUE(pair_.dialler.quic->outgoing().Add("nobody takes it").ok());
  ASSERT_TRUE(pair_.Until([&] { return pair_.dialler.quic->ended(); }, absl::Seconds(1)));
  EXPECT_EQ(pair_.dialler.quic->ending().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(pair_.dialler.quic->ending().message()), HasSubstr("it gave up a stream"));
}

TEST_F(QuicPeerTest, IdsThatAreTakenBackLeaveNoTimerThatIsDueForEver) {
  EXPECT_TRUE(Send(Varint(kNewConnectionId) + Varint(3) + Varint(3) + "\x08other id" + std::string(16, 't')));
}

}  // namespace
}  // namespace parlor::client
