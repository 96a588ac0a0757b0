#include "client/core/links.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/link/memory_network.h"
#include "client/loop/virtual_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/test_pki.h"

namespace parlor::client {
namespace {

constexpr uint16_t kPort = 7000;

// A link as it is over UDP, as far as Links can tell.
class UdpLikeLink final : public Link {
 public:
  UdpLikeLink(std::unique_ptr<Link> link, int& pings)
      : link_(std::move(link)), pings_(pings), info_(link_->info()) {
    info_.transport = Transport::kUdp;
  }

  void Start(Handlers handlers) override { link_->Start(std::move(handlers)); }
  absl::Status Send(absl::string_view frame) override {
    peer::v1::Frame parsed;
    EXPECT_TRUE(parsed.ParseFromArray(frame.data(), static_cast<int>(frame.size())));
    pings_ += parsed.has_ping() ? 1 : 0;
    return link_->Send(frame);
  }
  size_t queued_bytes() const override { return link_->queued_bytes(); }
  std::optional<absl::Duration> rtt() const override { return absl::Milliseconds(7); }
  void Close() override { link_->Close(); }
  const LinkInfo& info() const override { return info_; }

 private:
  const std::unique_ptr<Link> link_;
  int& pings_;
  LinkInfo info_;
};

class UdpLikeNetwork final : public Network {
 public:
  UdpLikeNetwork(std::unique_ptr<Network> network, int& pings)
      : network_(std::move(network)), pings_(pings) {}

  void SetIdentity(LinkIdentity identity) override { network_->SetIdentity(std::move(identity)); }
  absl::StatusOr<uint16_t> Listen(uint16_t port, AcceptCallback accept) override {
    return network_->Listen(port, [this, accept = std::move(accept)](std::unique_ptr<Link> link) {
      accept(std::make_unique<UdpLikeLink>(std::move(link), pings_));
    });
  }
  std::unique_ptr<Dialling> Dial(DialTarget target, DialCallback done) override {
    return network_->Dial(std::move(target), [this, done = std::move(done)](auto link) {
      if (!link.ok()) return done(link.status());
      done(std::make_unique<UdpLikeLink>(*std::move(link), pings_));
    });
  }
  std::vector<PeerAddress> LocalAddresses() const override { return network_->LocalAddresses(); }

 private:
  const std::unique_ptr<Network> network_;
  int& pings_;
};

class LinksTest : public ::testing::Test {
 protected:
  struct Person {
    Person(LinksTest& in, const std::string& name, std::string at, bool udp = false)
        : ip(std::move(at)),
          network(MakeNetwork(in, udp)),
          links(in.loop_, *network, name,
                [&in](const std::string& user, const std::string&, auto done) {
                  in.LookUp(user, std::move(done));
                },
                {.opening =
                     [this](const std::string&) {
                       peer::v1::Frame frame;
                       frame.mutable_room_hello()->set_room(absl::StrCat("opening ", ++openings));
                       return std::vector{frame};
                     },
                 .on_no_link = [this](const std::string&) { ++no_links; },
                 .on_up = [this](const std::string&) { ++ups; },
                 .on_down = [this](const std::string&, const absl::Status& why) { downs.push_back(why); },
                 .on_frame =
                     [this](const std::string&, const peer::v1::Frame& frame) {
                       heard.push_back(frame.room_hello().room());
                     },
                 .on_writable = [](const std::string&) {},
                 .on_no_address = [](const std::string&) {},
                 .on_rtt = [](const std::string&) {},
                 .is_welcome = [](const std::string&) { return true; },
                 .on_round_trip = [this](absl::Duration rtt) { round_trips.push_back(rtt); }}) {
      in.ips_[name] = ip;
      network->SetIdentity(in.pki_.Device(name));
      EXPECT_EQ(network->Listen(kPort, [this](std::unique_ptr<Link> link) { links.Accept(std::move(link)); })
                    .value_or(0),
                kPort);
    }

    std::unique_ptr<Network> MakeNetwork(LinksTest& in, bool udp) {
      std::unique_ptr<Network> plain = in.internet_.AddHost({ip}, in.pki_.Judge());
      if (!udp) return plain;
      return std::make_unique<UdpLikeNetwork>(std::move(plain), pings);
    }

    const std::string ip;
    int pings = 0;  // sent, over UDP
    const std::unique_ptr<Network> network;
    int openings = 0;
    int no_links = 0;
    int ups = 0;
    std::vector<std::string> heard;
    std::vector<absl::Duration> round_trips;
    std::vector<absl::Status> downs;
    Links links;
  };

  // What presence answers, a moment later.
  void LookUp(const std::string& user, std::function<void(absl::StatusOr<std::vector<PeerAddress>>)> done) {
    const std::vector<PeerAddress> found = {{ips_[user], kPort}};
    loop_.Post([done = std::move(done), found] { done(found); });
  }

  VirtualLoop loop_;
  MemoryInternet internet_{loop_};
  TestPki pki_{loop_.Now()};
  std::map<std::string, std::string> ips_;
  Person ana_{*this, "ana", "10.0.0.1"};
  Person bob_{*this, "bob", "10.0.0.2"};
};

TEST_F(LinksTest, WhoDialEachOtherAtTheSameMomentAreLinked) {
  ana_.links.Want("bob", "a room");
  bob_.links.Want("ana", "a room");
  loop_.RunFor(absl::Milliseconds(50));  // before anybody could try again
  ASSERT_NE(ana_.links.Find("bob"), nullptr);
  ASSERT_NE(bob_.links.Find("ana"), nullptr);
  EXPECT_TRUE(ana_.links.Find("bob")->dialled);
  EXPECT_FALSE(bob_.links.Find("ana")->dialled);
  const int ups = ana_.ups + bob_.ups;
  loop_.RunFor(absl::Minutes(5));
  EXPECT_EQ(ana_.ups + bob_.ups, ups) << "they stay linked";
}

// A round trip earlier than the dialler hears anything of the other side.
TEST_F(LinksTest, WhatIsSaidAtOnceIsThereWhenTheOtherSideHasJudged) {
  internet_.SetLatency(ana_.ip, bob_.ip, absl::Milliseconds(20));
  ana_.links.Want("bob", "a room");
  loop_.RunFor(absl::Milliseconds(101));
  EXPECT_THAT(bob_.heard, testing::ElementsAre("opening 1"));
  EXPECT_EQ(bob_.ups, 1);
  EXPECT_EQ(ana_.ups, 0);
  loop_.RunFor(absl::Milliseconds(20));
  ASSERT_NE(ana_.links.Find("bob"), nullptr);
  EXPECT_TRUE(ana_.links.Find("bob")->opened);
  EXPECT_FALSE(bob_.links.Find("ana")->opened);
  loop_.RunFor(absl::Minutes(2));
  EXPECT_THAT(bob_.heard, testing::ElementsAre("opening 1"));
  EXPECT_EQ(ana_.no_links, 0);
}

TEST_F(LinksTest, WhoEndsALinkInsteadOfAnsweringIsNoLink) {
  bob_.links.Shutdown();
  ana_.links.Want("bob", "a room");
  loop_.RunFor(absl::Milliseconds(50));
  EXPECT_EQ(ana_.openings, 1);
  EXPECT_EQ(ana_.no_links, 1);
  EXPECT_EQ(ana_.ups, 0);
  EXPECT_THAT(bob_.heard, testing::IsEmpty());
}

// Another device may have taken over: its link must not wait for a minute.
TEST_F(LinksTest, WhoSaysGoodbyeIsDialledSoonAgain) {
  bob_.links.Want("ana", "chat");
  loop_.RunFor(absl::Milliseconds(50));
  ASSERT_NE(bob_.links.Find("ana"), nullptr);
  ana_.links.StepAside();
  loop_.RunFor(absl::Milliseconds(50));
  ASSERT_EQ(bob_.links.Find("ana"), nullptr);
  ana_.links.Return();
  loop_.RunFor(absl::Seconds(2));
  EXPECT_NE(bob_.links.Find("ana"), nullptr);
}

// Nobody whom the dialler does not keep is linked, however many handshakes it began.
TEST_F(LinksTest, ALinkOnWhichNothingIsSaidDoesNotCount) {
  const std::unique_ptr<Network> carol = internet_.AddHost({"10.0.0.3"}, pki_.Judge());
  carol->SetIdentity(pki_.Device("carol"));
  std::unique_ptr<Link> silent;
  const auto dialling =
      carol->Dial({"bob", {{bob_.ip, kPort}}},
                  [&](absl::StatusOr<std::unique_ptr<Link>> link) { silent = *std::move(link); });
  loop_.RunFor(absl::Seconds(1));
  ASSERT_NE(silent, nullptr);
  EXPECT_EQ(bob_.links.Find("carol"), nullptr);
  EXPECT_EQ(internet_.open_links(), 1u);
  loop_.RunFor(absl::Seconds(15));
  EXPECT_EQ(internet_.open_links(), 0u) << "nor is it kept";
}

// It is kept alive by the transport, and measured there.
TEST_F(LinksTest, ASilentLinkOverUdpIsMeasuredAndNotPinged) {
  Person carol(*this, "carol", "10.0.0.3", /*udp=*/true);
  Person dora(*this, "dora", "10.0.0.4", /*udp=*/true);
  carol.links.Want("dora", "a room");
  loop_.RunFor(absl::Seconds(1));
  ASSERT_NE(carol.links.Find("dora"), nullptr);
  carol.round_trips.clear();
  loop_.RunFor(absl::Minutes(2));
  EXPECT_NE(carol.links.Find("dora"), nullptr);
  EXPECT_EQ(carol.pings, 1) << "when it came up";
  EXPECT_EQ(dora.pings, 1);
  EXPECT_GE(carol.round_trips.size(), 6u);
  EXPECT_THAT(carol.round_trips, testing::Each(absl::Milliseconds(7)));
}

// Whatever the moment at which the second one begins.
TEST_F(LinksTest, WhoDialEachOtherAtNearlyTheSameMomentAreLinked) {
  for (const absl::Duration later : {absl::Microseconds(100), absl::Microseconds(900), absl::Milliseconds(1),
                                     absl::Milliseconds(2), absl::Milliseconds(4), absl::Milliseconds(5)}) {
    for (const bool ana_first : {true, false}) {
      Person& first = ana_first ? ana_ : bob_;
      Person& second = ana_first ? bob_ : ana_;
      first.links.Want(ana_first ? "bob" : "ana", "a room");
      loop_.RunFor(later);
      second.links.Want(ana_first ? "ana" : "bob", "a room");
      loop_.RunFor(absl::Milliseconds(50));
      EXPECT_TRUE(ana_.links.Find("bob") != nullptr && bob_.links.Find("ana") != nullptr) << later;
      ana_.links.Unwant("bob", "a room");
      bob_.links.Unwant("ana", "a room");
      ana_.links.Close("bob", peer::v1::Goodbye::REASON_NOT_NEEDED, absl::OkStatus());
      loop_.RunFor(absl::Minutes(2));  // as many dials as one may make are free again
    }
  }
}

}  // namespace
}  // namespace parlor::client
