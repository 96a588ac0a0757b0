// How messages travel, as the overlay shows it.
#include "client/overlay/broadcast.h"

#include "tests/client/overlay/overlay_fixture.h"

namespace parlor::client::overlay {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr StreamId kCems = 9;

using BroadcastTest = OverlayTest;

bool Prunes(const RoomGossip& gossip) {
  return gossip.prune();
}
bool Announces(const RoomGossip& gossip) {
  return gossip.haves_size() > 0;
}

TEST_F(BroadcastTest, InASmallRoomAuthorsPushToAllAndNobodyPassesOn) {
  Room(kSmall, {"bob", "cem"});
  EXPECT_EQ(overlay_.Publish(Message(1, 1), now_), 2u);
  EXPECT_THAT(PushedTo({1, 1}), ElementsAre("bob", "cem"));
  Hear("bob", Message(kBobs, 1), true);
  EXPECT_TRUE(overlay_.Knows({kBobs, 1}));
  EXPECT_THAT(PushedTo({kBobs, 1}), IsEmpty());
  Pass(absl::Seconds(30));
  EXPECT_THAT(ToldThat(Announces), Contains("cem")) << "who may have no link with bob";
}

TEST_F(BroadcastTest, MessagesGoOnAlongTheTreeWithOneMoreHop) {
  Room(kLarge, {"a", "b", "c"});
  Hear("a", Message(kBobs, 1, 3, true));
  EXPECT_THAT(PushedTo({kBobs, 1}), ElementsAre("b", "c"));
  EXPECT_EQ(host_.payloads[0].second.hops, 4u);
  EXPECT_TRUE(host_.payloads[0].second.detour);
}

TEST_F(BroadcastTest, OnlyDuplicatesOfTheReferencePrune) {
  Room(kLarge, {"a", "b", "c"});
  Hear("a", Message(kBobs, 1));
  Hear("a", Message(kCems, 1));
  Hear("b", Message(kCems, 1));
  EXPECT_THAT(ToldThat(Prunes), IsEmpty());
  Hear("b", Message(kBobs, 1, 0, true));
  EXPECT_THAT(ToldThat(Prunes), IsEmpty()) << "it was asked for";
  Hear("b", Message(kBobs, 1));
  EXPECT_THAT(ToldThat(Prunes), ElementsAre("b"));
  EXPECT_EQ(overlay_.eager(), 2u);
}

TEST_F(BroadcastTest, TheLazyAreToldUnlessTheyToldFirst) {
  Room(kLarge, {"a", "b", "c"});
  RoomGossip prune;
  prune.set_prune(true);
  Tell("b", prune);
  Tell("c", prune);
  Hear("a", Message(kBobs, 1));
  EXPECT_THAT(PushedTo({kBobs, 1}), IsEmpty());
  Tell("b", Have(kBobs, 1));
  Pass(2 * options_.announce_delay);
  EXPECT_THAT(ToldThat(Announces), ElementsAre("c"));
  RoomGossip graft;
  graft.set_graft(true);
  Tell("b", graft);
  Hear("a", Message(kBobs, 2));
  EXPECT_THAT(PushedTo({kBobs, 2}), ElementsAre("b"));
}

TEST_F(BroadcastTest, AFullLinkStallsAndIsToldWhenItTakesMore) {
  Room(kLarge, {"a", "b"});
  host_.full.insert("b");
  Hear("a", Message(kBobs, 1));
  host_.full.clear();
  Hear("a", Message(kBobs, 2));
  EXPECT_THAT(PushedTo({kBobs, 2}), IsEmpty()) << "OnWritable comes first";
  host_.Clear();
  overlay_.OnWritable("b", now_);
  EXPECT_THAT(ToldThat(Announces), ElementsAre("b"));
  Hear("a", Message(kBobs, 3));
  EXPECT_THAT(PushedTo({kBobs, 3}), ElementsAre("b"));
}

TEST_F(BroadcastTest, ANewNeighbourWhoseLinkIsFullIsToldEverythingLater) {
  Room(kLarge, {"a"});
  for (StreamId stream = 1; stream <= 600; ++stream) overlay_.Restore(stream, 3);
  host_.full.insert("b");
  Befriend("b");
  host_.full.clear();
  host_.Clear();
  overlay_.OnWritable("b", now_);
  int told = 0;
  for (const auto& [peer, gossip] : host_.gossip) told += gossip.haves_size();
  EXPECT_EQ(told, 600);
  EXPECT_TRUE(host_.gossip.back().second.all());
}

TEST_F(BroadcastTest, WhoIsTakenHearsThatBeforeAnythingElse) {
  Room(kLarge, {});
  for (StreamId stream = 1; stream <= 600; ++stream) overlay_.Restore(stream, 3);
  Befriend("b");
  ASSERT_GE(host_.gossip.size(), 3u);
  EXPECT_EQ(host_.gossip[0].second.neighbour(), RoomGossip::NEIGHBOUR_ACCEPT);
  for (const auto& [peer, gossip] : host_.gossip) EXPECT_LE(gossip.haves_size(), 256);
}

TEST_F(BroadcastTest, WhatIsNewIsToldAgainToAFewAndToAllOnceItIsQuiet) {
  const std::vector<PeerId> neighbours = {"a", "b", "c", "d", "e", "f"};
  Room(kLarge, neighbours);
  const auto told_again_in = [&](absl::Duration duration) {
    host_.Clear();
    for (const absl::Time end = now_ + duration; now_ < end;) {
      Pass(absl::Seconds(1));
      for (const PeerId& peer : neighbours) Tell(peer, {});
    }
    return ToldThat(Announces).size();
  };
  size_t told = 0;
  for (uint64_t i = 1; i <= 60; ++i) {
    overlay_.Publish(Message(1, i), now_);
    told += told_again_in(absl::Seconds(1));
  }
  EXPECT_GE(told, 15u);
  EXPECT_LE(told, 2 * 60 * absl::Seconds(1) / (0.75 * options_.refresh_every));
  // Some perhaps, and some more, before it shows that this was the last; then all, twice.
  const size_t told_in_the_end = told_again_in(absl::Minutes(1));
  EXPECT_GT(told_in_the_end, 2 * neighbours.size());
  EXPECT_LE(told_in_the_end, 2 * neighbours.size() + 4);
}

TEST_F(BroadcastTest, TwoWhoHaveNothingToSayExchangeNothing) {
  Room(kLarge, {"a", "b", "c", "d", "e"});
  Hear("a", Message(kBobs, 1));
  Pass(absl::Seconds(31));
  for (int i = 0; i < 10; ++i) {
    for (const PeerId& peer : overlay_.neighbours()) Tell(peer, Have(kBobs, 1));
  }
  host_.Clear();
  Pass(absl::Seconds(20));
  EXPECT_THAT(ToldThat(Announces), IsEmpty());
}

}  // namespace
}  // namespace parlor::client::overlay
