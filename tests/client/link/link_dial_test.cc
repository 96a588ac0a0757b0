// Dialling several addresses, families and budgets, over real sockets.
#include <dirent.h>

#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/link_contract.h"
#include "tests/skip.h"

namespace parlor::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using DialTest = LinkContractTest;

PARLOR_FOR_EACH_KIND(DialTest);

bool HasIpv6() {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context);
  asio::error_code error;
  acceptor.open(asio::ip::tcp::v6(), error);
  if (!error) acceptor.bind({asio::ip::address_v6::loopback(), 0}, error);
  return !error;
}

TEST_P(DialTest, Ipv6AndIpv4ReachTheSameListener) {
  if (!HasIpv6()) PARLOR_SKIP("ipv6", "this machine has no IPv6 loopback");
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  for (const char* ip : {"::1", "127.0.0.1"}) {
    const auto link = Dial(*alice.network, "bob", {bob.at(ip)});
    ASSERT_TRUE(link.ok()) << link.status();
    EXPECT_EQ((*link)->info().remote.ip, ip);
    EXPECT_EQ(bob.accepted.back()->info().remote.ip, ip);
  }
}

TEST_P(DialTest, ALiveAddressWinsOverABlackHole) {
  // Takes connections and packets, and never answers.
  const asio::ip::address loopback = asio::ip::make_address("127.0.0.1");
  asio::ip::tcp::acceptor black_hole(loop_.context(), {loopback, 0});
  asio::ip::udp::socket also(loop_.context(), {loopback, black_hole.local_endpoint().port()});
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  const absl::Duration start = loop_.Uptime();
  const auto link =
      Dial(*alice.network, "bob", {{"127.0.0.1", black_hole.local_endpoint().port()}, bob.at("127.0.0.2")});
  ASSERT_TRUE(link.ok()) << link.status();
  EXPECT_EQ((*link)->info().remote, bob.at("127.0.0.2"));
  EXPECT_GE(loop_.Uptime() - start, absl::Milliseconds(240));
  EXPECT_LT(loop_.Uptime() - start, absl::Seconds(5)) << "far below the deadline of ten seconds";
}

TEST_P(DialTest, RefusedAddressesCostNoTime) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  Person gone(*this, "bob");
  const PeerAddress dead = gone.at();
  gone.network.reset();
  const auto link = Dial(*alice.network, "bob", {dead, bob.at()});
  EXPECT_TRUE(link.ok()) << link.status();
}

TEST_P(DialTest, ReasonsOfAllAddressesAreTold) {
  Person alice(*this, "alice");
  Person mallory(*this, "mallory");
  Person gone(*this, "bob");
  const PeerAddress dead = gone.at();
  gone.network.reset();
  const auto link = Dial(*alice.network, "bob", {dead, mallory.at()});
  EXPECT_THAT(std::string(link.status().message()),
              AllOf(HasSubstr(absl::StrCat(ToString(dead), ": cannot connect: Connection refused")),
                    HasSubstr(absl::StrCat(ToString(mallory.at()), ": the certificate shown there"))));
}

TEST_P(DialTest, AnAddressIsDialledThreeTimesAMinuteWhateverTheNames) {
  Person alice(*this, "alice");
  Person mallory(*this, "mallory");
  for (const char* name : {"bob", "carol", "dave"}) {
    EXPECT_EQ(Dial(*alice.network, name, {mallory.at()}).status().code(), absl::StatusCode::kUnauthenticated);
  }
  const auto fourth = Dial(*alice.network, "mallory", {mallory.at()});
  EXPECT_EQ(fourth.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(fourth.status().message()), HasSubstr(ToString(mallory.at())));
}

TEST_P(DialTest, WhoNeverSpeaksFirstIsNoLink) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  bob.greets = false;
  bool done = false;
  const auto dialling = alice.network->Dial({"bob", {bob.at()}}, [&](auto) { done = true; });
  ASSERT_TRUE(Until([&] { return !bob.accepted.empty(); }));
  EXPECT_FALSE(RunUntil(
      loop_, [&] { return done; }, std::chrono::milliseconds(50)));
  ASSERT_TRUE(bob.accepted.back()->Send("hello").ok());
  EXPECT_TRUE(Until([&] { return done; }));
}

TEST_P(DialTest, WhoClosesInsteadOfSpeakingIsADialError) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  bob.greets = false;
  absl::Status status;
  const auto dialling =
      alice.network->Dial({"bob", {bob.at()}}, [&](const auto& link) { status = link.status(); });
  ASSERT_TRUE(Until([&] { return !bob.accepted.empty(); }));
  bob.accepted.back()->Close();
  ASSERT_TRUE(Until([&] { return !status.ok(); }));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("before it said anything"));
}

TEST_P(DialTest, DestroyingTheDiallingGivesUp) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  bob.greets = false;
  bool called = false;
  auto dialling = alice.network->Dial({"bob", {bob.at()}}, [&](auto) { called = true; });
  ASSERT_TRUE(Until([&] { return !bob.accepted.empty(); }));
  Recorder at_bob(std::move(bob.accepted.back()));
  at_bob.Start();
  dialling.reset();
  EXPECT_TRUE(Until([&] { return !at_bob.closed.empty(); })) << "the connection is closed";
  EXPECT_FALSE(called);
}

TEST_P(DialTest, TheDiallingMayBeDestroyedByItsCallbackAndTheNetworkToo) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  std::unique_ptr<Link> link;
  std::unique_ptr<Dialling> dialling;
  dialling = alice.network->Dial({"bob", {bob.at()}}, [&](absl::StatusOr<std::unique_ptr<Link>> dialled) {
    link = *std::move(dialled);
    dialling.reset();
    alice.network.reset();
  });
  ASSERT_TRUE(Until([&] { return link != nullptr; }));
  Recorder recorder(std::move(link));
  recorder.Start();
  ASSERT_TRUE(Until([&] { return !recorder.frames.empty(); }));
  EXPECT_THAT(recorder.frames, ElementsAre("hello")) << "the first frame is kept for the link's owner";
}

size_t OpenDescriptors() {
  size_t count = 0;
  DIR* directory = opendir("/proc/self/fd");
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

TEST_P(DialTest, TwoHundredHandshakesLeaveNoDescriptorBehind) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  Person mallory(*this, "mallory");
  const auto dial = [&](int i) {  // the budget is three an address
    const std::string ip = absl::StrCat("127.0.1.", 1 + i / 2);
    const Person& to = i % 2 == 0 ? bob : mallory;
    return Dial(*alice.network, "bob", {to.at(ip)}).ok();
  };
  ASSERT_TRUE(dial(0));
  bob.accepted.clear();
  const size_t before = OpenDescriptors();
  int connected = 0;
  for (int i = 2; i < 202; ++i) {
    connected += dial(i) ? 1 : 0;
    bob.accepted.clear();
  }
  EXPECT_EQ(connected, 100);
  EXPECT_THAT(mallory.accepted, IsEmpty());
  EXPECT_TRUE(Until([&] { return OpenDescriptors() <= before; })) << OpenDescriptors() << " of " << before;
}

}  // namespace
}  // namespace parlor::client
