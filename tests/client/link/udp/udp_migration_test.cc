// A laptop that takes its links to another network. In a network namespace of its own, where addresses may
// come and go.
#include <sched.h>

#include <cstdlib>
#include <string>

#include "gtest/gtest.h"
#include "tests/client/link/udp/udp_fixture.h"
#include "tests/skip.h"

namespace parlor::client {
namespace {

constexpr char kAcceptor[] = "10.77.0.1";
constexpr char kHome[] = "10.77.1.2";
constexpr char kCafe[] = "10.77.2.2";

bool Ip(const std::string& arguments) {
  return std::system(("ip " + arguments + " 2>/dev/null").c_str()) == 0;
}

// Everything that goes to the acceptor leaves from `ip`, as from the only address of a machine elsewhere.
bool LeaveFrom(const std::string& ip) {
  return Ip(std::string("route replace local ") + kAcceptor + " dev lo table local src " + ip);
}

// This thread's own network, with the acceptor's address and the dialler's first one.
bool OwnNetwork() {
  return unshare(CLONE_NEWNET) == 0 && Ip("link set lo up") &&
         Ip(std::string("addr add ") + kAcceptor + "/32 dev lo") &&
         Ip(std::string("addr add ") + kHome + "/32 dev lo") && LeaveFrom(kHome);
}

class UdpMigrationTest : public UdpTest {};

TEST_F(UdpMigrationTest, ADiallerThatMovesKeepsItsLinks) {
  if (!OwnNetwork()) PARLOR_SKIP("netns", "this user may not make network namespaces, or there is no `ip`");
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  auto link = Dial(*alice.network, "bob", {bob.at(kAcceptor)});
  ASSERT_TRUE(link.ok()) << link.status();
  Recorder at_alice(*std::move(link));
  Recorder at_bob(std::move(bob.accepted.back()));
  at_alice.Start();
  at_bob.Start();
  ASSERT_EQ(at_bob.link->info().remote, alice.at(kHome));

  ASSERT_TRUE(Ip(std::string("addr add ") + kCafe + "/32 dev lo") && LeaveFrom(kCafe));
  ASSERT_TRUE(Ip(std::string("addr del ") + kHome + "/32 dev lo"));
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(at_alice.link->Send("from the café").ok());
    ASSERT_TRUE(at_bob.link->Send("to wherever you are").ok());
  }
  EXPECT_TRUE(Until([&] { return at_bob.frames.size() == 10; }));
  EXPECT_TRUE(Until([&] { return at_alice.frames.size() == 11; }));
  EXPECT_TRUE(Until([&] { return at_bob.link->info().remote == alice.at(kCafe); }));
  EXPECT_TRUE(at_alice.closed.empty() && at_bob.closed.empty());
}

}  // namespace
}  // namespace parlor::client
