// Ports: taken, given back, shared by both families.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/tcp_fixture.h"

namespace parlor::client {
namespace {

using asio::ip::tcp;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class TcpListenTest : public TcpTest {
 protected:
  std::unique_ptr<TcpNetwork> MakeNetwork() {
    auto network = std::make_unique<TcpNetwork>(loop_, pki_.Judge());
    network->SetIdentity(pki_.Device("alice"));
    return network;
  }
  static void Ignore(std::unique_ptr<Link>) {}
};

TEST_F(TcpListenTest, APortInUseIsAnError) {
  Person bob(*this, "bob");
  const auto port = MakeNetwork()->Listen(bob.port, Ignore);
  EXPECT_EQ(port.status().code(), absl::StatusCode::kAlreadyExists) << port.status();
  EXPECT_THAT(std::string(port.status().message()), HasSubstr(std::to_string(bob.port)));
}

TEST_F(TcpListenTest, APortInUseOnOneAddressOrFamilyIsAnErrorToo) {
  for (const char* ip : {"127.0.0.1", "0.0.0.0"}) {
    tcp::acceptor other(loop_.context(), {asio::ip::make_address(ip), 0});
    const auto port = MakeNetwork()->Listen(other.local_endpoint().port(), Ignore);
    EXPECT_EQ(port.status().code(), absl::StatusCode::kAlreadyExists) << ip << ": " << port.status();
  }
}

TEST_F(TcpListenTest, AfterAFailureAnotherPortMayBeTried) {
  Person bob(*this, "bob");
  const auto network = MakeNetwork();
  ASSERT_FALSE(network->Listen(bob.port, Ignore).ok());
  EXPECT_TRUE(network->Listen(0, Ignore).ok());
  EXPECT_EQ(network->Listen(0, Ignore).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(TcpListenTest, ARestartTakesItsPortBackAtOnce) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  const Pair pair = Connect(alice, bob, "bob");
  pair.dialler->Start();
  // The listening side ends first, so its side of the connection stays in TIME_WAIT on the port.
  pair.acceptor->Start();
  pair.acceptor->link->Close();
  ASSERT_TRUE(Until([&] { return !pair.acceptor->closed.empty() && !pair.dialler->closed.empty(); }));
  bob.network.reset();

  const auto again = MakeNetwork();
  const auto port = again->Listen(bob.port, Ignore);
  ASSERT_TRUE(port.ok()) << port.status();
  EXPECT_EQ(*port, bob.port);
}

TEST_F(TcpListenTest, ARestartWhileALinkOfTheOldListenerIsOpen) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  const Pair pair = Connect(alice, bob, "bob");
  bob.network.reset();
  EXPECT_TRUE(MakeNetwork()->Listen(bob.port, Ignore).ok());

  pair.acceptor->Start();
  ASSERT_TRUE(pair.dialler->link->Send("links live on without their network").ok());
  EXPECT_TRUE(Until([&] { return pair.acceptor->frames.size() == 1; }));
}

TEST_F(TcpListenTest, LocalAddressesCarryThePort) {
  const auto network = MakeNetwork();
  EXPECT_THAT(network->LocalAddresses(), IsEmpty()) << "it cannot be dialled yet";
  const uint16_t port = network->Listen(0, Ignore).value();
  EXPECT_THAT(network->LocalAddresses(), Not(IsEmpty()));
  EXPECT_THAT(network->LocalAddresses(), Each(Field(&PeerAddress::port, port)));
}

TEST_F(TcpListenTest, ANetworkMayBeDestroyedByItsAcceptCallback) {
  Person alice(*this, "alice");
  auto network = std::make_unique<TcpNetwork>(loop_, pki_.Judge());
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
