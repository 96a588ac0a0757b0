#include "client/core/links.h"

#include <memory>
#include <string>
#include <vector>

#include "client/link/memory_network.h"
#include "client/loop/virtual_loop.h"
#include "gtest/gtest.h"
#include "tests/client/link/test_pki.h"

namespace parlor::client {
namespace {

constexpr uint16_t kPort = 7000;

class LinksTest : public ::testing::Test {
 protected:
  struct Person {
    Person(LinksTest& in, const std::string& name, std::string at)
        : ip(std::move(at)),
          network(in.internet_.AddHost({ip}, in.pki_.Judge())),
          links(in.loop_, *network, name,
                [&in](const std::string& user, const std::string&, auto done) {
                  in.LookUp(user, std::move(done));
                },
                {.on_up = [this](const std::string&) { ++ups; },
                 .on_down = [this](const std::string&, const absl::Status& why) { downs.push_back(why); },
                 .on_frame = [](const std::string&, const peer::v1::Frame&) {},
                 .on_writable = [](const std::string&) {},
                 .on_no_address = [](const std::string&) {},
                 .on_rtt = [](const std::string&) {},
                 .is_welcome = [](const std::string&) { return true; },
                 .on_round_trip = nullptr}) {
      network->SetIdentity(in.pki_.Device(name));
      EXPECT_EQ(network->Listen(kPort, [this](std::unique_ptr<Link> link) { links.Accept(std::move(link)); })
                    .value_or(0),
                kPort);
    }

    const std::string ip;
    const std::unique_ptr<Network> network;
    int ups = 0;
    std::vector<absl::Status> downs;
    Links links;
  };

  // What presence answers, a moment later.
  void LookUp(const std::string& user, std::function<void(absl::StatusOr<std::vector<PeerAddress>>)> done) {
    const std::vector<PeerAddress> found = {{user == "ana" ? ana_.ip : bob_.ip, kPort}};
    loop_.Post([done = std::move(done), found] { done(found); });
  }

  VirtualLoop loop_;
  MemoryInternet internet_{loop_};
  TestPki pki_{loop_.Now()};
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
