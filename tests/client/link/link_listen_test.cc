// Ports, whatever is spoken there.
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/link_contract.h"

namespace parlor::client {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ListenTest : public LinkContractTest {
 protected:
  std::unique_ptr<Network> MakeAlice() {
    auto network = MakeNetwork(pki_.Judge());
    network->SetIdentity(pki_.Device("alice"));
    return network;
  }
  static void Ignore(std::unique_ptr<Link>) {}
};

PARLOR_FOR_EACH_KIND(ListenTest);

TEST_P(ListenTest, APortInUseIsAnError) {
  Person bob(*this, "bob");
  const auto port = MakeAlice()->Listen(bob.port, Ignore);
  EXPECT_EQ(port.status().code(), absl::StatusCode::kAlreadyExists) << port.status();
  EXPECT_THAT(std::string(port.status().message()), HasSubstr(std::to_string(bob.port)));
}

TEST_P(ListenTest, AfterAFailureAnotherPortMayBeTried) {
  Person bob(*this, "bob");
  const auto network = MakeAlice();
  ASSERT_FALSE(network->Listen(bob.port, Ignore).ok());
  EXPECT_TRUE(network->Listen(0, Ignore).ok());
  EXPECT_EQ(network->Listen(0, Ignore).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(ListenTest, LocalAddressesCarryThePort) {
  const auto network = MakeAlice();
  EXPECT_THAT(network->LocalAddresses(), IsEmpty()) << "it cannot be dialled yet";
  const uint16_t port = network->Listen(0, Ignore).value();
  EXPECT_THAT(network->LocalAddresses(), Not(IsEmpty()));
  EXPECT_THAT(network->LocalAddresses(), Each(Field(&PeerAddress::port, port)));
}

TEST_P(ListenTest, ANetworkMayBeDestroyedByItsAcceptCallback) {
  Person alice(*this, "alice");
  auto network = MakeNetwork(pki_.Judge());
  network->SetIdentity(pki_.Device("bob"));
  std::unique_ptr<Link> accepted;
  const uint16_t port = network
                            ->Listen(0,
                                     [&](std::unique_ptr<Link> link) {
                                       ASSERT_TRUE(link->Send("hello").ok());
                                       accepted = std::move(link);
                                       network.reset();
                                     })
                            .value();
  EXPECT_TRUE(Dial(*alice.network, "bob", {{"127.0.0.1", port}}).ok());
  EXPECT_EQ(network, nullptr);
}

}  // namespace
}  // namespace parlor::client
