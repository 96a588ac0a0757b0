#include "client/link/racing_network.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/link/memory_network.h"
#include "client/loop/virtual_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/test_pki.h"

namespace parlor::client {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kOneWay = absl::Milliseconds(10);

// Two internets stand for the two kinds of path between the same machines: links of the second came over UDP.
class RacingNetworkTest : public ::testing::Test {
 protected:
  RacingNetworkTest() {
    for (MemoryInternet* paths : {&tcp_, &udp_}) paths->SetLatency(kAna, kBob, kOneWay);
  }

  std::unique_ptr<RacingNetwork> Host(const std::string& name, const std::string& ip) {
    auto network = std::make_unique<RacingNetwork>(
        loop_, [this, ip] { return tcp_.AddHost({ip}, pki_.Judge()); },
        [this, ip] { return udp_.AddHost({ip}, pki_.Judge()); });
    network->SetIdentity(pki_.Device(name));
    return network;
  }

  // Answers at once, as Links does.
  uint16_t Listen(Network& network, uint16_t port = 0) {
    const auto listening = network.Listen(port, [this](std::unique_ptr<Link> link) {
      EXPECT_TRUE(link->Send("hello").ok());
      link->Start({[](absl::string_view) {}, [] {}, [](const absl::Status&) {}});
      accepted_.push_back(std::move(link));
    });
    EXPECT_TRUE(listening.ok()) << listening.status();
    return listening.value_or(0);
  }

  void Dial(Network& network, uint16_t port, Transport preferred) {
    dialling_ =
        network.Dial({"bob", {{kBob, port}}, preferred}, [this](absl::StatusOr<std::unique_ptr<Link>> link) {
          ended_ = loop_.Uptime();
          ++answers_;
          result_ = std::move(link);
        });
  }

  static constexpr char kAna[] = "10.0.0.1";
  static constexpr char kBob[] = "10.0.0.2";

  VirtualLoop loop_;
  MemoryInternet tcp_{loop_};
  MemoryInternet udp_{loop_};
  TestPki pki_{loop_.Now()};
  std::vector<std::unique_ptr<Link>> accepted_;
  std::unique_ptr<Dialling> dialling_;
  absl::StatusOr<std::unique_ptr<Link>> result_ = absl::UnknownError("no answer yet");
  absl::Duration ended_;
  int answers_ = 0;
};

TEST_F(RacingNetworkTest, ThePreferredKindIsTriedAlone) {
  const auto ana = Host("ana", kAna);
  const auto bob = Host("bob", kBob);
  const uint16_t port = Listen(*bob);
  Dial(*ana, port, Transport::kUdp);
  loop_.RunFor(absl::Seconds(30));
  ASSERT_TRUE(result_.ok()) << result_.status();
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(udp_.DialsTo({kBob, port}), 1);
  EXPECT_EQ(tcp_.DialsTo({kBob, port}), 0) << "it was complete within the other's head start";
}

TEST_F(RacingNetworkTest, AChatPrefersTcp) {
  const auto ana = Host("ana", kAna);
  const auto bob = Host("bob", kBob);
  const uint16_t port = Listen(*bob);
  Dial(*ana, port, Transport::kTcp);
  loop_.RunFor(absl::Seconds(30));
  ASSERT_TRUE(result_.ok()) << result_.status();
  EXPECT_EQ(udp_.DialsTo({kBob, port}), 0);
}

TEST_F(RacingNetworkTest, WhereUdpIsBlockedTcpTakesItsPlace) {
  const auto ana = Host("ana", kAna);
  const auto bob = Host("bob", kBob);
  const uint16_t port = Listen(*bob);
  udp_.CutAll();
  Dial(*ana, port, Transport::kUdp);
  loop_.RunFor(absl::Seconds(30));
  ASSERT_TRUE(result_.ok()) << result_.status();
  EXPECT_EQ(tcp_.open_links(), 1u);
  EXPECT_EQ(udp_.open_links(), 0u);
  EXPECT_GE(ended_, RacingNetwork::kHeadStart);
  EXPECT_LT(ended_, RacingNetwork::kHeadStart + absl::Milliseconds(200));
}

TEST_F(RacingNetworkTest, WhereUdpIsRefusedTcpBeginsAtOnce) {
  const auto ana = Host("ana", kAna);
  const auto bob = tcp_.AddHost({kBob}, pki_.Judge());  // nothing listens for UDP
  bob->SetIdentity(pki_.Device("bob"));
  const uint16_t port = Listen(*bob);
  Dial(*ana, port, Transport::kUdp);
  loop_.RunFor(absl::Seconds(30));
  ASSERT_TRUE(result_.ok()) << result_.status();
  EXPECT_LT(ended_, RacingNetwork::kHeadStart);
}

TEST_F(RacingNetworkTest, TheFirstCompleteLinkIsTheOnlyOne) {
  udp_.SetLatency(kAna, kBob, absl::Milliseconds(60));  // too slow for the head start
  const auto ana = Host("ana", kAna);
  const auto bob = Host("bob", kBob);
  Dial(*ana, Listen(*bob), Transport::kUdp);
  loop_.RunFor(absl::Seconds(30));
  ASSERT_TRUE(result_.ok()) << result_.status();
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(tcp_.open_links() + udp_.open_links(), 1u);
}

TEST_F(RacingNetworkTest, BothReasonsAreTold) {
  const auto ana = Host("ana", kAna);
  Dial(*ana, 7000, Transport::kUdp);
  loop_.RunFor(absl::Seconds(30));
  EXPECT_EQ(answers_, 1);
  EXPECT_TRUE(absl::IsUnavailable(result_.status())) << result_.status();
  EXPECT_THAT(std::string(result_.status().message()), HasSubstr("over UDP: 10.0.0.2:7000: "));
  EXPECT_THAT(std::string(result_.status().message()), HasSubstr("; over TCP: 10.0.0.2:7000: "));
}

TEST_F(RacingNetworkTest, GivingUpEndsBoth) {
  udp_.CutAll();
  tcp_.CutAll();
  const auto ana = Host("ana", kAna);
  const auto bob = Host("bob", kBob);
  Dial(*ana, Listen(*bob), Transport::kUdp);
  loop_.RunFor(absl::Seconds(1));  // both are under way
  dialling_.reset();
  loop_.RunFor(absl::Seconds(30));
  EXPECT_EQ(answers_, 0);
}

TEST_F(RacingNetworkTest, BothKindsListenOnOnePort) {
  const auto bob = Host("bob", kBob);
  const uint16_t port = Listen(*bob, 7000);
  EXPECT_EQ(port, 7000);
  EXPECT_TRUE(absl::IsFailedPrecondition(bob->Listen(7001, [](std::unique_ptr<Link>) {}).status()));
}

TEST_F(RacingNetworkTest, APortThatOnlyOneKindCanHaveIsInUse) {
  const auto other = udp_.AddHost({kBob}, pki_.Judge());
  ASSERT_TRUE(other->Listen(7000, [](std::unique_ptr<Link>) {}).ok());
  const auto bob = Host("bob", kBob);
  EXPECT_TRUE(absl::IsAlreadyExists(bob->Listen(7000, [](std::unique_ptr<Link>) {}).status()));
  EXPECT_EQ(Listen(*bob, 7001), 7001) << "and is not held by the other kind";
  const auto late = tcp_.AddHost({kBob}, pki_.Judge());
  EXPECT_TRUE(late->Listen(7000, [](std::unique_ptr<Link>) {}).ok());
}

TEST_F(RacingNetworkTest, APortThatTheSystemChoseIsFreeForBoth) {
  const auto first = tcp_.AddHost({kBob}, pki_.Judge());
  const uint16_t next = *first->Listen(0, [](std::unique_ptr<Link>) {}) + 1;
  const auto other = udp_.AddHost({kBob}, pki_.Judge());
  ASSERT_TRUE(other->Listen(next, [](std::unique_ptr<Link>) {}).ok());
  const auto bob = Host("bob", kBob);
  EXPECT_GT(Listen(*bob), next);
}

}  // namespace
}  // namespace parlor::client
