// Ports: taken, given back, shared by both families.
#include <sys/resource.h>
#include <unistd.h>

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

// The process may open no more descriptors while this lives.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = dup(0);
    close(lowest_free);
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(lowest_free);
    setrlimit(RLIMIT_NOFILE, &now);
  }
  ~NoMoreDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(TcpListenTest, WithoutDescriptorsItBacksOffAndComesBack) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizers need descriptors themselves: without any they report what is not there";
#endif
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  tcp::socket waiting = Plain(bob.at(), "127.0.0.9");
  {
    const NoMoreDescriptors none;
    EXPECT_LT(loop_.context().run_for(std::chrono::milliseconds(150)), 20u) << "accepting spins";
  }
  EXPECT_TRUE(Dial(*alice.network, "bob", {bob.at()}).ok());
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
