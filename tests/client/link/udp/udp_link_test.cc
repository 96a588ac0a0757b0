// What UDP links promise beside what all links do: ends that are noticed, and paths that change.
#include <algorithm>
#include <list>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/link/link_words.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/udp/udp_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class UdpLinkTest : public UdpTest {
 protected:
  Person alice_{*this, "alice"};
  Person bob_{*this, "bob"};
};

TEST_F(UdpLinkTest, SaysWhatItIs) {
  const Pair pair = Connect(alice_, bob_, "bob");
  EXPECT_EQ(Via(pair.dialler->link->info()), absl::StrCat("udp direct ", ToString(bob_.at())));
  EXPECT_EQ(pair.acceptor->link->info().remote, alice_.at()) << "dials leave from the listening port";
}

TEST_F(UdpLinkTest, AKilledProcessOnALivingMachineIsNoticedAtOnce) {
  UdpProxy proxy(loop_, bob_.at());
  const Pair pair = ConnectThrough(proxy, alice_, bob_, "bob");
  proxy.Kill();
  const absl::Duration start = loop_.Uptime();
  ASSERT_TRUE(pair.dialler->link->Send("are you there?").ok());
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty(); }));
  EXPECT_EQ(pair.dialler->closed[0].code(), absl::StatusCode::kUnavailable) << pair.dialler->closed[0];
  EXPECT_THAT(std::string(pair.dialler->closed[0].message()), HasSubstr("refused"));
  EXPECT_LT(loop_.Uptime() - start, absl::Seconds(3));
}

TEST_F(UdpLinkTest, AnAcceptorThatWasStartedAgainSaysSo) {
  const LinkIdentity identity = pki_.Device("bob");
  Person before(*this, identity, pki_.Judge());
  Person after(*this, identity, pki_.Judge());
  UdpProxy proxy(loop_, before.at());
  const Pair pair = ConnectThrough(proxy, alice_, before, "bob");
  proxy.MoveServer(after.at());
  const absl::Duration start = loop_.Uptime();
  ASSERT_TRUE(pair.dialler->link->Send("are you the same?").ok());
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty(); }));
  EXPECT_EQ(pair.dialler->closed[0].code(), absl::StatusCode::kUnavailable) << pair.dialler->closed[0];
  EXPECT_THAT(std::string(pair.dialler->closed[0].message()), HasSubstr("started again"));
  EXPECT_LT(loop_.Uptime() - start, absl::Milliseconds(400)) << "no timer is waited for";
}

TEST_F(UdpLinkTest, AnOldLinkEndsThoughThereIsANewOneWithTheSameAddress) {
  const LinkIdentity identity = pki_.Device("bob");
  Person before(*this, identity, pki_.Judge());
  Person after(*this, identity, pki_.Judge());
  UdpProxy proxy(loop_, before.at());
  const Pair old_pair = ConnectThrough(proxy, alice_, before, "bob");
  proxy.MoveServer(after.at());
  const Pair new_pair = ConnectThrough(proxy, alice_, after, "bob");
  old_pair.dialler->link->Send("are you the same?").IgnoreError();  // it may know already
  ASSERT_TRUE(Until([&] { return !old_pair.dialler->closed.empty(); }));
  EXPECT_EQ(old_pair.dialler->closed[0].code(), absl::StatusCode::kUnavailable)
      << old_pair.dialler->closed[0];
  EXPECT_FALSE(RunUntil(
      loop_, [&] { return !new_pair.dialler->closed.empty() || !new_pair.acceptor->closed.empty(); },
      std::chrono::milliseconds(700)))
      << "the new one is asked, and answers";
}

TEST_F(UdpLinkTest, ADiallerThatWasStartedAgainIsNoticedByAsking) {
  Person again(*this, "alice");
  UdpProxy proxy(loop_, bob_.at());
  const Pair pair = ConnectThrough(proxy, alice_, bob_, "bob");
  proxy.MoveDialler(again.at());
  const absl::Duration start = loop_.Uptime();
  ASSERT_TRUE(pair.acceptor->link->Send("are you the same?").ok());
  ASSERT_TRUE(Until([&] { return !pair.acceptor->closed.empty(); }));
  EXPECT_EQ(pair.acceptor->closed[0].code(), absl::StatusCode::kUnavailable) << pair.acceptor->closed[0];
  EXPECT_LT(loop_.Uptime() - start, absl::Seconds(3));
}

TEST_F(UdpLinkTest, ANatThatForgetsCostsNoFrame) {
  UdpProxy proxy(loop_, bob_.at());
  const Pair pair = ConnectThrough(proxy, alice_, bob_, "bob");
  int told = 0;
  Recorder& at_bob = *pair.acceptor;
  at_bob.link->Start({.on_frame = [&](absl::string_view frame) { at_bob.frames.emplace_back(frame); },
                      .on_writable = [] {},
                      .on_closed = [&](const absl::Status& status) { at_bob.closed.push_back(status); },
                      .on_path = [&] { ++told; }});
  for (int round = 0; round < 4; ++round) {
    proxy.Rebind();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(pair.dialler->link->Send(std::to_string(i)).ok());
    ASSERT_TRUE(Until([&] { return at_bob.link->info().remote == proxy.seen_by_server(); })) << round;
    ASSERT_TRUE(Until([&] { return at_bob.frames.size() == static_cast<size_t>(20 * (round + 1)); }));
    ASSERT_TRUE(at_bob.link->Send("back").ok());
    ASSERT_TRUE(Until([&] { return pair.dialler->frames.size() == static_cast<size_t>(2 + round); }));
  }
  EXPECT_EQ(told, 4);
  EXPECT_EQ(pair.dialler->link->info().remote, proxy.at()) << "the acceptor has not moved";
}

TEST_F(UdpLinkTest, TwoHundredLinksOnOneSocket) {
  std::list<Recorder> diallers;
  for (int i = 0; i < 200; ++i) {
    auto link = Dial(*alice_.network, "bob", {bob_.at(absl::StrCat("127.0.1.", 1 + i))});
    ASSERT_TRUE(link.ok()) << i << ": " << link.status();
    diallers.emplace_back(*std::move(link)).Start();
  }
  std::list<Recorder> acceptors;
  for (auto& link : bob_.accepted) acceptors.emplace_back(std::move(link)).Start();
  ASSERT_EQ(acceptors.size(), 200u);
  for (Recorder& recorder : diallers) ASSERT_TRUE(recorder.link->Send("to bob").ok());
  for (Recorder& recorder : acceptors) ASSERT_TRUE(recorder.link->Send("to alice").ok());
  const auto all = [](const std::list<Recorder>& recorders, size_t count) {
    return std::all_of(recorders.begin(), recorders.end(),
                       [&](const Recorder& recorder) { return recorder.frames.size() == count; });
  };
  ASSERT_TRUE(Until([&] { return all(diallers, 2) && all(acceptors, 1); }));
  for (Recorder& recorder : diallers) EXPECT_THAT(recorder.frames, ElementsAre("hello", "to alice"));
  diallers.clear();
  EXPECT_TRUE(Until([&] {
    return std::all_of(acceptors.begin(), acceptors.end(),
                       [](const Recorder& recorder) { return !recorder.closed.empty(); });
  }));
}

TEST_F(UdpLinkTest, WhatIsSaidAtOnceIsHeardBeforeTheOtherSideAnswers) {
  bob_.greets = false;
  std::unique_ptr<Link> link;
  const auto dialling = alice_.network->Dial(
      {.user = "bob",
       .addresses = {bob_.at()},
       .opening =
           [] {
             return std::vector<std::string>{"one", "two"};
           }},
      [&](absl::StatusOr<std::unique_ptr<Link>> dialled) { link = *std::move(dialled); });
  ASSERT_TRUE(Until([&] { return !bob_.accepted.empty(); }));
  Recorder at_bob(std::move(bob_.accepted.back()));
  at_bob.Start();
  ASSERT_TRUE(Until([&] { return at_bob.frames.size() >= 2; }));
  EXPECT_THAT(at_bob.frames, ElementsAre("one", "two"));
  EXPECT_EQ(link, nullptr) << "nobody has answered";
  ASSERT_TRUE(at_bob.link->Send("hello").ok());
  ASSERT_TRUE(Until([&] { return link != nullptr; }));
  EXPECT_TRUE(link->info().opened);
  EXPECT_FALSE(at_bob.link->info().opened);
  ASSERT_TRUE(link->Send("three").ok());
  ASSERT_TRUE(Until([&] { return at_bob.frames.size() >= 3; }));
  EXPECT_THAT(at_bob.frames, ElementsAre("one", "two", "three"));
}

TEST_F(UdpLinkTest, WhatIsSaidAtOnceIsSaidAtOneOfSeveralAddresses) {
  bob_.greets = false;
  int asked = 0;
  const auto dialling = alice_.network->Dial({.user = "bob",
                                              .addresses = {bob_.at("127.0.0.1"), bob_.at("127.0.0.2")},
                                              .opening =
                                                  [&] {
                                                    ++asked;
                                                    return std::vector<std::string>{"one"};
                                                  }},
                                             [](auto) {});
  ASSERT_TRUE(Until([&] { return bob_.accepted.size() == 2; })) << "the second one is tried beside the first";
  std::list<Recorder> at_bob;
  for (auto& link : bob_.accepted) at_bob.emplace_back(std::move(link)).Start();
  ASSERT_TRUE(Until([&] { return !at_bob.front().frames.empty(); }));
  EXPECT_EQ(asked, 1) << "and on both bob was proved before he accepted";
  EXPECT_THAT(at_bob.front().frames, ElementsAre("one"));
  EXPECT_THAT(at_bob.back().frames, ElementsAre());
}

TEST_F(UdpLinkTest, WhoIsNotWhoWasDialledHearsNothing) {
  int asked = 0;
  std::optional<absl::Status> status;
  const auto dialling = alice_.network->Dial({.user = "carol",
                                              .addresses = {bob_.at()},
                                              .opening = [&] { return ++asked, std::vector<std::string>(); }},
                                             [&](const auto& link) { status = link.status(); });
  ASSERT_TRUE(Until([&] { return status.has_value(); }));
  EXPECT_EQ(status->code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(asked, 0);
}

TEST_F(UdpLinkTest, WhoDialsItselfGetsALinkToItself) {
  auto link = Dial(*alice_.network, "alice", {alice_.at()});
  ASSERT_TRUE(link.ok()) << link.status();
  EXPECT_EQ((*link)->info().peer.identity.user, "alice");
  EXPECT_EQ(Dial(*alice_.network, "bob", {alice_.at()}).status().code(), absl::StatusCode::kUnauthenticated)
      << "another name is refused as anywhere";
}

TEST_F(UdpLinkTest, LinksKeepThePortWhenTheirNetworkIsGone) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  bob_.network.reset();
  pair.acceptor->Start();
  ASSERT_TRUE(pair.dialler->link->Send("links live on without their network").ok());
  EXPECT_TRUE(Until([&] { return pair.acceptor->frames.size() == 1; }));

  const auto other = MakeNetwork(pki_.Judge());
  EXPECT_EQ(other->Listen(bob_.port, [](auto) {}).status().code(), absl::StatusCode::kAlreadyExists);
  pair.acceptor->link.reset();
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty(); }));
  EXPECT_TRUE(Until([&] { return other->Listen(bob_.port, [](auto) {}).ok(); }));
}

}  // namespace
}  // namespace parlor::client
