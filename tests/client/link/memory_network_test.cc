#include "client/link/memory_network.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/loop/virtual_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/test_pki.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint16_t kPort = 7000;

class MemoryNetworkTest : public ::testing::Test {
 protected:
  struct Recorder {
    explicit Recorder(std::unique_ptr<Link> recorded) : link(std::move(recorded)) {}
    void Start() {
      link->Start({.on_frame = [this](absl::string_view frame) { frames.emplace_back(frame); },
                   .on_writable = [this] { ++writable; },
                   .on_closed = [this](const absl::Status& status) { closed.push_back(status); }});
    }
    std::unique_ptr<Link> link;
    std::vector<std::string> frames;
    int writable = 0;
    std::vector<absl::Status> closed;
  };

  struct Person {
    Person(MemoryNetworkTest& test, LinkIdentity identity, std::vector<std::string> ips, PeerJudge judge)
        : network(test.internet_.AddHost(std::move(ips), std::move(judge))) {
      network->SetIdentity(std::move(identity));
      listening = network->Listen(kPort, [this](std::unique_ptr<Link> link) {
        if (greets) link->Send("hello").IgnoreError();
        accepted.push_back(std::move(link));
      });
    }
    Person(MemoryNetworkTest& test, const std::string& user, std::vector<std::string> ips)
        : Person(test, test.pki_.Device(user), std::move(ips), test.pki_.Judge()) {}

    std::unique_ptr<Network> network;
    absl::StatusOr<uint16_t> listening;
    bool greets = true;
    std::vector<std::unique_ptr<Link>> accepted;
  };

  struct Pair {
    std::unique_ptr<Recorder> dialler;
    std::unique_ptr<Recorder> acceptor;
  };

  absl::StatusOr<std::unique_ptr<Link>> Dial(Network& from, const std::string& user,
                                             std::vector<PeerAddress> addresses) {
    std::optional<absl::StatusOr<std::unique_ptr<Link>>> result;
    const auto dialling =
        from.Dial({user, std::move(addresses)}, [&](auto link) { result = std::move(link); });
    EXPECT_FALSE(result.has_value()) << "called inside Dial";
    loop_.RunUntil([&] { return result.has_value(); });
    return *std::move(result);
  }

  Pair Connect() {
    auto link = Dial(*alice_.network, "bob", {{"10.0.0.2", kPort}});
    EXPECT_TRUE(link.ok()) << link.status();
    Pair pair{std::make_unique<Recorder>(*std::move(link)),
              std::make_unique<Recorder>(std::move(bob_.accepted.back()))};
    bob_.accepted.pop_back();
    pair.dialler->Start();
    pair.acceptor->Start();
    loop_.RunFor(absl::Milliseconds(10));
    EXPECT_THAT(pair.dialler->frames, ElementsAre("hello"));
    pair.dialler->frames.clear();
    return pair;
  }

  VirtualLoop loop_;
  MemoryInternet internet_{loop_};
  TestPki pki_{loop_.Now()};
  Person alice_{*this, "alice", {"10.0.0.1", "fd00::1"}};
  Person bob_{*this, "bob", {"10.0.0.2", "fd00::2"}};
};

TEST_F(MemoryNetworkTest, BothSidesKnowWhoIsThereAfterThreeRoundTrips) {
  internet_.SetLatency("10.0.0.1", "10.0.0.2", absl::Milliseconds(20));
  const auto link = Dial(*alice_.network, "bob", {{"10.0.0.2", kPort}});
  ASSERT_TRUE(link.ok()) << link.status();
  EXPECT_EQ(loop_.Uptime(), absl::Milliseconds(120));
  EXPECT_EQ((*link)->info().peer.identity.user, "bob");
  EXPECT_EQ((*link)->info().remote, (PeerAddress{"10.0.0.2", kPort}));
  EXPECT_TRUE((*link)->info().dialled);
  ASSERT_THAT(bob_.accepted, SizeIs(1));
  EXPECT_EQ(bob_.accepted[0]->info().peer.identity.user, "alice");
  EXPECT_EQ(bob_.accepted[0]->info().remote.ip, "10.0.0.1");
  EXPECT_FALSE(bob_.accepted[0]->info().dialled);
}

TEST_F(MemoryNetworkTest, WhatIsSaidAtOnceIsThereWithTheLastFlight) {
  internet_.SetLatency("10.0.0.1", "10.0.0.2", absl::Milliseconds(20));
  std::unique_ptr<Link> link;
  const auto dialling = alice_.network->Dial({.user = "bob",
                                              .addresses = {{"10.0.0.2", kPort}},
                                              .opening = [] { return std::vector<std::string>{"one"}; }},
                                             [&](auto dialled) { link = *std::move(dialled); });
  ASSERT_TRUE(loop_.RunUntil([&] { return !bob_.accepted.empty(); }));
  EXPECT_EQ(loop_.Uptime(), absl::Milliseconds(100));
  Recorder at_bob(std::move(bob_.accepted[0]));
  at_bob.Start();
  loop_.RunFor(absl::Milliseconds(1));
  EXPECT_THAT(at_bob.frames, ElementsAre("one"));
  ASSERT_TRUE(loop_.RunUntil([&] { return link != nullptr; }));
  EXPECT_TRUE(link->info().opened);
  ASSERT_TRUE(link->Send("two").ok());
  loop_.RunFor(absl::Milliseconds(20));
  EXPECT_THAT(at_bob.frames, ElementsAre("one", "two"));
}

TEST_F(MemoryNetworkTest, DialsFromTheSameFamily) {
  const auto link = Dial(*alice_.network, "bob", {{"fd00::2", kPort}});
  ASSERT_TRUE(link.ok());
  EXPECT_EQ(bob_.accepted[0]->info().remote.ip, "fd00::1");

  Person carol(*this, "carol", {"10.0.0.3"});
  EXPECT_EQ(Dial(*carol.network, "bob", {{"fd00::2", kPort}}).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(MemoryNetworkTest, CertificatesAndNamesAreJudged) {
  const TestPki elsewhere(loop_.Now());
  const PeerAddress at_bob{"10.0.0.2", kPort};
  const auto wrong_name = Dial(*alice_.network, "carol", {at_bob});
  EXPECT_EQ(wrong_name.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(wrong_name.status().message(),
            "10.0.0.2:7000: the certificate shown there is of bob, not of carol");

  Person mallory(*this, elsewhere.Device("mallory"), {"10.0.0.9"}, pki_.Judge());
  const auto refused = Dial(*mallory.network, "bob", {at_bob});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("refused this device's certificate"));
  EXPECT_EQ(Dial(*alice_.network, "mallory", {{"10.0.0.9", kPort}}).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(bob_.accepted, IsEmpty());
  EXPECT_EQ(internet_.open_links(), 0u);
}

TEST_F(MemoryNetworkTest, WhoDoesNotListenRefuses) {
  EXPECT_THAT(std::string(Dial(*alice_.network, "bob", {{"10.0.0.2", 9}}).status().message()),
              HasSubstr("Connection refused"));
  bob_.network.reset();
  EXPECT_EQ(Dial(*alice_.network, "bob", {{"10.0.0.2", kPort}}).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(MemoryNetworkTest, PortsAreTakenAndGivenBack) {
  {
    Person other(*this, "other", {"10.0.0.2"});
    EXPECT_EQ(other.listening.status().code(), absl::StatusCode::kAlreadyExists);
  }
  bob_.network.reset();
  EXPECT_TRUE(Person(*this, "other", {"10.0.0.2"}).listening.ok());
}

TEST_F(MemoryNetworkTest, TheBudgetHolds) {
  const PeerAddress dead{"10.0.0.77", kPort};
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Dial(*alice_.network, absl::StrCat("name", i), {dead}).ok());
  EXPECT_EQ(internet_.DialsTo(dead), 3);
  EXPECT_EQ(Dial(*alice_.network, "bob", {dead}).status().code(), absl::StatusCode::kResourceExhausted);
  loop_.RunFor(absl::Minutes(1));
  EXPECT_EQ(Dial(*alice_.network, "bob", {dead}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(MemoryNetworkTest, FramesArriveInOrderAfterTheLatency) {
  const Pair pair = Connect();
  internet_.SetLatency("10.0.0.1", "10.0.0.2", absl::Milliseconds(30));
  ASSERT_TRUE(pair.dialler->link->Send("one").ok());
  ASSERT_TRUE(pair.dialler->link->Send("two").ok());
  loop_.RunFor(absl::Milliseconds(29));
  EXPECT_THAT(pair.acceptor->frames, IsEmpty());
  loop_.RunFor(absl::Milliseconds(1));
  EXPECT_THAT(pair.acceptor->frames, ElementsAre("one", "two"));
}

TEST_F(MemoryNetworkTest, FramesWaitForStart) {
  auto link = Dial(*alice_.network, "bob", {{"10.0.0.2", kPort}});
  ASSERT_TRUE(link.ok());
  ASSERT_TRUE(bob_.accepted[0]->Send("second").ok());
  loop_.RunFor(absl::Seconds(1));
  Recorder recorder(*std::move(link));
  recorder.Start();
  EXPECT_THAT(recorder.frames, IsEmpty()) << "a handler was called inside Start";
  loop_.RunFor(absl::ZeroDuration());
  EXPECT_THAT(recorder.frames, ElementsAre("hello", "second"));
}

TEST_F(MemoryNetworkTest, ACutPathHoldsFramesBackAndAHealedOneLetsThemGo) {
  const Pair pair = Connect();
  internet_.Cut("10.0.0.2", "10.0.0.1");
  ASSERT_TRUE(pair.dialler->link->Send("through").ok());
  loop_.RunFor(MemoryInternet::kCutTimeout - absl::Seconds(1));
  EXPECT_THAT(pair.acceptor->frames, IsEmpty());
  internet_.Heal("10.0.0.1", "10.0.0.2");
  loop_.RunFor(absl::Milliseconds(1));
  EXPECT_THAT(pair.acceptor->frames, ElementsAre("through"));
  loop_.RunFor(absl::Minutes(5));
  EXPECT_THAT(pair.acceptor->closed, IsEmpty());
}

TEST_F(MemoryNetworkTest, LinksOnAPathThatStaysCutEndOnBothSides) {
  const Pair pair = Connect();
  internet_.CutHost("10.0.0.2");
  loop_.RunFor(MemoryInternet::kCutTimeout);
  for (const Recorder* side : {pair.dialler.get(), pair.acceptor.get()}) {
    ASSERT_THAT(side->closed, SizeIs(1));
    EXPECT_EQ(side->closed[0].code(), absl::StatusCode::kDeadlineExceeded);
  }
  EXPECT_EQ(internet_.open_links(), 0u);
}

TEST_F(MemoryNetworkTest, DiallingOverACutPathEndsAtTheDeadline) {
  internet_.CutAll();
  const auto link = Dial(*alice_.network, "bob", {{"10.0.0.2", kPort}, {"fd00::2", kPort}});
  EXPECT_EQ(link.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(loop_.Uptime(), absl::Seconds(10));
  internet_.HealAll();
  EXPECT_TRUE(Dial(*alice_.network, "bob", {{"10.0.0.2", kPort}}).ok());
}

TEST_F(MemoryNetworkTest, TheRaceFindsTheLivePath) {
  internet_.CutHost("10.0.0.2");
  const auto link = Dial(*alice_.network, "bob", {{"10.0.0.2", kPort}, {"fd00::2", kPort}});
  ASSERT_TRUE(link.ok()) << link.status();
  EXPECT_EQ((*link)->info().remote.ip, "fd00::2");
  EXPECT_LT(loop_.Uptime(), absl::Seconds(1));
}

TEST_F(MemoryNetworkTest, AResetEndsLinksAtOnce) {
  const Pair pair = Connect();
  ASSERT_TRUE(pair.dialler->link->Send("lost").ok());
  internet_.Reset("10.0.0.1", "10.0.0.2");
  EXPECT_THAT(pair.dialler->closed, IsEmpty()) << "a handler was called inside Reset";
  loop_.RunFor(absl::Minutes(2));
  EXPECT_THAT(pair.acceptor->frames, IsEmpty());
  for (const Recorder* side : {pair.dialler.get(), pair.acceptor.get()}) {
    ASSERT_THAT(side->closed, SizeIs(1));
    EXPECT_EQ(side->closed[0].code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_EQ(pair.dialler->link->Send("more").code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Dial(*alice_.network, "bob", {{"10.0.0.2", kPort}}).ok());
}

TEST_F(MemoryNetworkTest, AResetBeforeTheFirstFrameIsADialError) {
  bob_.greets = false;
  std::optional<absl::Status> result;
  const auto dialling =
      alice_.network->Dial({"bob", {{"10.0.0.2", kPort}}}, [&](const auto& link) { result = link.status(); });
  ASSERT_TRUE(loop_.RunUntil([&] { return !bob_.accepted.empty(); }));
  internet_.ResetAll();
  loop_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->code(), absl::StatusCode::kUnavailable);
}

TEST_F(MemoryNetworkTest, BackPressure) {
  const Pair pair = Connect();
  internet_.Cut("10.0.0.1", "10.0.0.2");
  const std::string frame(100'000, 'x');
  size_t sent = 0;
  absl::Status status;
  while ((status = pair.dialler->link->Send(frame)).ok()) ++sent;
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_LE(pair.dialler->link->queued_bytes(), kMaxQueuedBytes);
  EXPECT_GT(pair.dialler->link->queued_bytes(), kMaxQueuedBytes - 2 * frame.size());
  EXPECT_EQ(pair.dialler->writable, 0);
  internet_.Heal("10.0.0.1", "10.0.0.2");
  loop_.RunFor(absl::Seconds(1));
  EXPECT_EQ(pair.dialler->writable, 1);
  EXPECT_THAT(pair.acceptor->frames, SizeIs(sent));
  EXPECT_EQ(pair.dialler->link->queued_bytes(), 0u);
}

TEST_F(MemoryNetworkTest, FramesOfBadLengthAreTheSendersError) {
  const Pair pair = Connect();
  EXPECT_EQ(pair.dialler->link->Send("").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(pair.dialler->link->Send(std::string(kMaxFrameSize + 1, 'x')).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(MemoryNetworkTest, CloseSendsWhatIsQueuedAndBothHearWhy) {
  const Pair pair = Connect();
  ASSERT_TRUE(pair.dialler->link->Send("goodbye").ok());
  pair.dialler->link->Close();
  EXPECT_EQ(pair.dialler->link->Send("late").code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(pair.dialler->closed, IsEmpty());
  loop_.RunFor(absl::Seconds(5));
  EXPECT_THAT(pair.acceptor->frames, ElementsAre("goodbye"));
  EXPECT_THAT(pair.dialler->closed, ElementsAre(absl::OkStatus()));
  ASSERT_THAT(pair.acceptor->closed, SizeIs(1));
  EXPECT_EQ(pair.acceptor->closed[0].code(), absl::StatusCode::kUnavailable);
}

TEST_F(MemoryNetworkTest, CloseOverACutPathTakesTwoSeconds) {
  const Pair pair = Connect();
  internet_.CutAll();
  while (pair.dialler->link->Send(std::string(100'000, 'x')).ok()) {
  }
  pair.dialler->link->Close();
  loop_.RunFor(absl::Seconds(2));
  ASSERT_THAT(pair.dialler->closed, SizeIs(1));
  EXPECT_EQ(pair.dialler->closed[0].code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(MemoryNetworkTest, DestroyingALinkClosesItWithoutAWordToItsOwner) {
  const Pair pair = Connect();
  pair.dialler->link.reset();
  loop_.RunFor(absl::Seconds(1));
  EXPECT_THAT(pair.dialler->closed, IsEmpty());
  ASSERT_THAT(pair.acceptor->closed, SizeIs(1));
  EXPECT_EQ(pair.acceptor->closed[0].code(), absl::StatusCode::kDataLoss);
}

TEST_F(MemoryNetworkTest, ALinkMayBeDestroyedByItsOwnHandler) {
  auto dialled = Dial(*alice_.network, "bob", {{"10.0.0.2", kPort}});
  ASSERT_TRUE(dialled.ok());
  ASSERT_TRUE(bob_.accepted[0]->Send("second").ok());
  std::unique_ptr<Link> link = *std::move(dialled);
  int frames = 0;
  link->Start({.on_frame =
                   [&](absl::string_view) {
                     ++frames;
                     link.reset();
                   },
               .on_writable = [] {},
               .on_closed = [](const absl::Status&) { FAIL() << "nobody wants to know"; }});
  loop_.RunFor(absl::Seconds(1));
  EXPECT_EQ(frames, 1);
}

TEST_F(MemoryNetworkTest, DestroyingTheDiallingGivesUp) {
  bob_.greets = false;
  bool called = false;
  auto dialling = alice_.network->Dial({"bob", {{"10.0.0.2", kPort}}}, [&](auto) { called = true; });
  ASSERT_TRUE(loop_.RunUntil([&] { return !bob_.accepted.empty(); }));
  Recorder at_bob(std::move(bob_.accepted[0]));
  at_bob.Start();
  dialling.reset();
  loop_.RunFor(absl::Minutes(1));
  EXPECT_FALSE(called);
  EXPECT_THAT(at_bob.closed, SizeIs(1));
  EXPECT_EQ(internet_.open_links(), 0u);
}

TEST_F(MemoryNetworkTest, LinksMayOutliveTheInternet) {
  auto internet = std::make_unique<MemoryInternet>(loop_);
  const auto host = internet->AddHost({"10.0.0.1"}, pki_.Judge());
  host->SetIdentity(pki_.Device("alice"));
  std::vector<std::unique_ptr<Link>> links;
  ASSERT_TRUE(host->Listen(kPort,
                           [&](std::unique_ptr<Link> link) {
                             link->Send("hello").IgnoreError();
                             links.push_back(std::move(link));
                           })
                  .ok());
  auto link = Dial(*host, "alice", {{"10.0.0.1", kPort}});
  ASSERT_TRUE(link.ok()) << link.status();
  internet.reset();
  Recorder recorder(*std::move(link));
  recorder.Start();
  loop_.RunFor(absl::Seconds(1));
  EXPECT_THAT(recorder.frames, ElementsAre("hello"));
}

TEST_F(MemoryNetworkTest, TheSameRunTakesTheSameCourse) {
  const auto run = [this] {
    std::string course;
    const Pair pair = Connect();
    for (int i = 0; i < 20; ++i) {
      pair.dialler->link->Send(absl::StrCat("a", i)).IgnoreError();
      pair.acceptor->link->Send(absl::StrCat("b", i)).IgnoreError();
      loop_.RunFor(absl::Microseconds(700));
      absl::StrAppend(&course, pair.dialler->frames.size(), "/", pair.acceptor->frames.size(), " ");
    }
    return course;
  };
  const std::string first = run();
  EXPECT_EQ(run(), first);
}

TEST_F(MemoryNetworkTest, LossyFramesArriveAndTheRoundTripIsKnown) {
  internet_.SetLatency("10.0.0.1", "10.0.0.2", absl::Milliseconds(3));
  const Pair pair = Connect();
  EXPECT_EQ(pair.dialler->link->rtt(), absl::Milliseconds(6));
  pair.dialler->link->SendLossy("typing");
  pair.dialler->link->SendLossy("");
  loop_.RunFor(absl::Milliseconds(10));
  EXPECT_THAT(pair.acceptor->frames, ElementsAre("typing"));
}

TEST_F(MemoryNetworkTest, ALossyFrameThatWouldHaveToWaitIsDropped) {
  const Pair pair = Connect();
  internet_.Cut("10.0.0.1", "10.0.0.2");
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(pair.dialler->link->Send(std::string(kMaxFrameSize, 'x')).ok());
  const size_t queued = pair.dialler->link->queued_bytes();
  ASSERT_GE(queued, kMaxQueuedBeforeLossy);
  pair.dialler->link->SendLossy("typing");
  EXPECT_EQ(pair.dialler->link->queued_bytes(), queued);
}

}  // namespace
}  // namespace parlor::client
