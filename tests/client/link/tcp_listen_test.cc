// Ports of TCP: given back, and shared by both families.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/tcp_fixture.h"

namespace parlor::client {
namespace {

using asio::ip::tcp;

class TcpListenTest : public TcpTest {
 protected:
  std::unique_ptr<Network> MakeAlice() {
    auto network = MakeNetwork(pki_.Judge());
    network->SetIdentity(pki_.Device("alice"));
    return network;
  }
  static void Ignore(std::unique_ptr<Link>) {}
};

TEST_F(TcpListenTest, APortInUseOnOneAddressOrFamilyIsAnErrorToo) {
  for (const char* ip : {"127.0.0.1", "0.0.0.0"}) {
    tcp::acceptor other(loop_.context(), {asio::ip::make_address(ip), 0});
    const auto port = MakeAlice()->Listen(other.local_endpoint().port(), Ignore);
    EXPECT_EQ(port.status().code(), absl::StatusCode::kAlreadyExists) << ip << ": " << port.status();
  }
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

  const auto again = MakeAlice();
  const auto port = again->Listen(bob.port, Ignore);
  ASSERT_TRUE(port.ok()) << port.status();
  EXPECT_EQ(*port, bob.port);
}

TEST_F(TcpListenTest, ARestartWhileALinkOfTheOldListenerIsOpen) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  const Pair pair = Connect(alice, bob, "bob");
  bob.network.reset();
  EXPECT_TRUE(MakeAlice()->Listen(bob.port, Ignore).ok());

  pair.acceptor->Start();
  ASSERT_TRUE(pair.dialler->link->Send("links live on without their network").ok());
  EXPECT_TRUE(Until([&] { return pair.acceptor->frames.size() == 1; }));
}

}  // namespace
}  // namespace parlor::client
