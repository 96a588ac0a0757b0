#include "client/overlay/overlay.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "tests/client/overlay/overlay_fixture.h"

namespace parlor::client::overlay {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

bool Acknowledges(const RoomGossip& gossip) {
  return gossip.acks_size() > 0;
}

bool Probes(const RoomGossip& gossip) {
  return gossip.probe() != 0;
}

RoomGossip Ack(StreamId stream, uint64_t up_to, MemberTag member) {
  RoomGossip gossip;
  gossip.add_acks()->set_stream(stream);
  gossip.mutable_acks(0)->set_up_to(up_to);
  gossip.mutable_acks(0)->add_members(member);
  return gossip;
}

TEST_F(OverlayTest, AcknowledgementsAreCollectedOnTheWayBack) {
  Room(kLarge, {"a", "b", "c"});
  Hear("a", Message(kBobs, 1));
  overlay_.OnStored(kBobs, 1, now_);
  Tell("b", Ack(kBobs, 1, 1'001));
  Tell("c", Ack(kBobs, 1, 1'002));
  Tell("c", Ack(kBobs, 2, 1'003));  // nobody has more than there is
  Pass(2 * options_.acknowledge_delay);
  ASSERT_THAT(ToldThat(Acknowledges), ElementsAre("a"));
  for (const auto& [peer, gossip] : host_.gossip) {
    if (!Acknowledges(gossip)) continue;
    EXPECT_THAT(gossip.acks(0).members(), ::testing::UnorderedElementsAre(kAnnsTag, 1'001, 1'002));
  }
}

TEST_F(OverlayTest, AnAuthorLearnsWhoHasItsMessages) {
  Room(kLarge, {"a"});
  overlay_.Publish(Message(1, 1), now_);
  Tell("a", Ack(1, 1, 1'001));
  EXPECT_THAT(host_.acknowledged, ElementsAre(1'001));
}

TEST_F(OverlayTest, AcknowledgementsGoAgainWhenTheWayBackBroke) {
  Room(kLarge, {"a", "b"});
  Hear("a", Message(kBobs, 1));
  overlay_.OnStored(kBobs, 1, now_);
  Pass(2 * options_.acknowledge_delay);
  host_.Clear();
  LinkDown("a");
  Pass(2 * options_.acknowledge_delay);
  EXPECT_THAT(ToldThat(Acknowledges), ElementsAre("b"));
}

TEST_F(OverlayTest, AcknowledgementsWaitForTheNextNeighbour) {
  Room(kLarge, {"a"});
  Hear("a", Message(kBobs, 1));
  LinkDown("a");
  overlay_.OnStored(kBobs, 1, now_);
  Pass(absl::Seconds(3));
  Befriend("b");
  Pass(2 * options_.acknowledge_delay);
  EXPECT_THAT(ToldThat(Acknowledges), ElementsAre("b"));
}

TEST_F(OverlayTest, NoDigestIsLargerThanALinkTakes) {
  Room(kLarge, {"a", "b"});
  for (StreamId stream = 1; stream <= 20; ++stream) {
    Hear("a", Message(stream, 1));
    RoomGossip ack = Ack(stream, 1, 1);
    for (MemberTag member = 2; member <= 10'000; ++member) ack.mutable_acks(0)->add_members(member);
    Tell("b", ack);
  }
  for (int i = 0; i < 50; ++i) {
    Pass(absl::Milliseconds(300));
    Tell("a", {});
  }
  size_t named = 0;
  for (const auto& [peer, gossip] : host_.gossip) {
    ASSERT_LT(gossip.ByteSizeLong(), 128u * 1024);
    for (const auto& ack : gossip.acks()) named += static_cast<size_t>(ack.members_size());
  }
  EXPECT_EQ(named, 200'000u);
}

TEST_F(OverlayTest, WhoIsSilentIsProbedAndLetGo) {
  Room(kLarge, {"a", "b"});
  overlay_.Publish(Message(1, 1), now_);
  const auto deadline = options_.trusted_for + (options_.probes + 1) * options_.probe_every;
  for (const absl::Time end = now_ + deadline; now_ < end;) {
    Pass(absl::Milliseconds(300));
    Tell("b", {});
  }
  EXPECT_FALSE(overlay_.IsNeighbour("a"));
  EXPECT_TRUE(overlay_.IsNeighbour("b"));
  EXPECT_EQ(ToldThat(Probes), std::vector<PeerId>(static_cast<size_t>(options_.probes), "a"));
  EXPECT_THAT(host_.accused, IsEmpty());
}

TEST_F(OverlayTest, WhoWasHeardOfALittleAgoIsNotProbed) {
  Room(kLarge, {"a"});
  for (uint64_t i = 1; i <= 10; ++i) {
    overlay_.Publish(Message(1, i), now_);
    Pass(options_.trusted_for - absl::Milliseconds(1));
    Tell("a", {});
  }
  EXPECT_THAT(ToldThat(Probes), IsEmpty());
}

TEST_F(OverlayTest, AProbeIsAnswered) {
  Room(kLarge, {"a"});
  RoomGossip probe;
  probe.set_probe(99);
  Tell("a", probe);
  ASSERT_EQ(host_.gossip.size(), 1u);
  EXPECT_EQ(host_.gossip[0].second.answer(), 99u);
}

TEST_F(OverlayTest, WhoSleptItselfBlamesNobody) {
  Room(kLarge, {"a"});
  overlay_.Publish(Message(1, 1), now_);
  now_ += absl::Minutes(5);
  overlay_.OnTimer(now_);
  EXPECT_TRUE(overlay_.IsNeighbour("a"));
}

TEST_F(OverlayTest, WhoFloodsOrRepeatsIsLetGo) {
  Room(kLarge, {"a", "b", "c"});
  for (int i = 0; i < 6'000; ++i) Tell("a", {});
  Hear("c", Message(kBobs, 1));
  for (int i = 0; i < 300; ++i) Hear("b", Message(kBobs, 1));
  EXPECT_THAT(host_.accused, ElementsAre("a", "b"));
  EXPECT_THAT(overlay_.neighbours(), ElementsAre("c"));
}

// A neighbour that says anything at all, for an hour.
class Hostile {
 public:
  explicit Hostile(uint64_t seed) : random_(seed) {}

  uint64_t Number() {
    switch (random_() % 4) {
      case 0:
        return random_() % 20;
      case 1:
        return ~uint64_t{0} - random_() % 3;
      default:
        return random_() % 2'000;
    }
  }
  size_t Below(size_t below) { return random_() % below; }
  RoomGossip Says() {
    RoomGossip gossip;
    if (Below(4) == 0) gossip.set_neighbour(static_cast<RoomGossip::Neighbour>(Below(6)));
    for (size_t i = Below(4); i > 0; --i) gossip.MergeFrom(Have(Below(30), Number()));
    for (size_t i = Below(3); i > 0; --i) gossip.MergeFrom(Want(Below(30), Number(), Number()));
    for (size_t i = Below(3); i > 0; --i) gossip.MergeFrom(Ack(Below(30), Number(), 7));
    for (size_t i = Below(3); i > 0; --i) gossip.add_members()->set_user(absl::StrCat("p", Below(50)));
    gossip.set_shuffle(Below(9) == 0);
    gossip.set_all(Below(9) == 0);
    gossip.set_graft(Below(5) == 0);
    gossip.set_prune(Below(5) == 0);
    gossip.set_probe(Below(2));
    return gossip;
  }

 private:
  std::mt19937_64 random_;
};

TEST_F(OverlayTest, WhateverComesItSleepsAfterwards) {
  Hostile hostile(11);
  for (int step = 0; step < 20'000; ++step) {
    const PeerId peer = absl::StrCat("p", hostile.Below(20));
    const bool linked = host_.linked.contains(peer);
    switch (hostile.Below(8)) {
      case 0:
        linked&& hostile.Below(3) == 0 ? LinkDown(peer) : LinkUp(peer);
        break;
      case 1:
        overlay_.OnConnectFailed(peer, now_);
        break;
      case 2:
        if (hostile.Below(20) == 0) overlay_.SetRoomSize(hostile.Below(2) == 0 ? kSmall : kLarge, now_);
        break;
      case 3:
        if (linked) Hear(peer, Message(hostile.Below(30), hostile.Number()), hostile.Below(2) == 0);
        break;
      case 4:
        now_ += absl::Milliseconds(hostile.Below(1'000));
        overlay_.OnTimer(now_);
        ASSERT_GT(overlay_.next_wake(), now_);
        break;
      default:
        if (linked) Tell(peer, hostile.Says());
    }
    ASSERT_LE(overlay_.neighbours().size(), host_.linked.size());
    ASSERT_EQ(host_.sent_without_link, 0);
    host_.Clear();
  }
}

}  // namespace
}  // namespace parlor::client::overlay
