// What others may take of an overlay, and what a link that takes nothing costs.
#include "absl/strings/str_cat.h"
#include "tests/client/overlay/overlay_fixture.h"

namespace parlor::client::overlay {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(OverlayTest, WhoIsNoNeighbourIsHeardOfNothingButThat) {
  Room(kLarge, {"a"});
  Hear("a", Message(kBobs, 1));
  LinkUp("mallory");
  Tell("mallory", Want(kBobs, 1, 1));
  Tell("mallory", Have(9, 100));
  Pass(absl::Seconds(5));
  EXPECT_THAT(PushedTo({kBobs, 1}), IsEmpty());
  EXPECT_THAT(Asked(), IsEmpty());
  Tell("mallory", Word(RoomGossip::NEIGHBOUR_ASK));
  EXPECT_TRUE(overlay_.IsNeighbour("mallory"));
}

TEST_F(OverlayTest, AStrangersFramesAreFew) {
  Room(kLarge, {"a"});
  LinkUp("mallory");
  RoomGossip probe;
  probe.set_probe(1);
  for (int i = 0; i < 1'000; ++i) Tell("mallory", probe);
  EXPECT_LE(host_.gossip.size(), static_cast<size_t>(options_.stranger_frames_burst));
}

TEST_F(OverlayTest, WhoLeavesAndComesBackDoesNotBeginAnew) {
  Room(kLarge, {"mallory"});
  RoomGossip probe;
  probe.set_probe(1);
  for (int i = 0; i < static_cast<int>(options_.frames_burst) - 20; ++i) Tell("mallory", probe);
  Tell("mallory", Word(RoomGossip::NEIGHBOUR_LEAVE));
  ASSERT_FALSE(overlay_.IsNeighbour("mallory"));
  Tell("mallory", Word(RoomGossip::NEIGHBOUR_ASK));
  ASSERT_TRUE(overlay_.IsNeighbour("mallory"));
  for (int i = 0; i < 20; ++i) Tell("mallory", probe);
  EXPECT_THAT(host_.accused, ElementsAre("mallory"));
}

TEST_F(OverlayTest, NorWhoseLinkIsMadeAnew) {
  Room(kLarge, {"mallory"});
  RoomGossip probe;
  probe.set_probe(1);
  for (int i = 0; i < static_cast<int>(options_.frames_burst) - 20; ++i) Tell("mallory", probe);
  LinkDown("mallory");
  LinkUp("mallory");
  Tell("mallory", Word(RoomGossip::NEIGHBOUR_ASK));
  for (int i = 0; i < 20; ++i) Tell("mallory", probe);
  EXPECT_THAT(host_.accused, ElementsAre("mallory"));
}

TEST(PeerConductsTest, AreRememberedOfSoManyWhoAreGone) {
  const OverlayOptions options;
  PeerConducts conducts(options);
  const std::shared_ptr<PeerConduct> here = conducts.Of("here");
  here->duplicates = 1;
  conducts.Of("gone")->duplicates = 2;
  for (size_t i = 0; i < PeerConducts::kMaxRemembered; ++i) (void)conducts.Of(absl::StrCat("peer ", i));
  EXPECT_EQ(conducts.Of("here")->duplicates, 1u);
  EXPECT_EQ(conducts.Of("gone")->duplicates, 0u);
}

TEST_F(OverlayTest, AnswersAreBounded) {
  Room(kLarge, {"a", "b"});
  const auto large = std::make_shared<const std::string>(std::string(64 * 1024, 'x'));
  for (uint64_t number = 1; number <= 4; ++number) {
    Hear("a", Payload{{kBobs, number}, 0, false, large});
  }
  host_.Clear();
  for (int i = 0; i < 1'000; ++i) Tell("b", Want(kBobs, 1, 4));
  EXPECT_LE(static_cast<double>(host_.payloads.size() * large->size()), options_.answers_burst);
  host_.Clear();
  now_ += absl::Seconds(2);
  Tell("b", Want(kBobs, 1, 4));
  EXPECT_EQ(host_.payloads.size(), 4u) << "it is answered again later";
}

TEST_F(OverlayTest, HistoryIsNotAskedWithoutBound) {
  Room(kLarge, {"a"});
  overlay_.Restore(kBobs, 1'000'000);
  for (int i = 0; i < 1'000; ++i) Tell("a", Want(kBobs, 1, 100));
  EXPECT_EQ(host_.history.size(), 64u) << "under way";
  EXPECT_THAT(host_.history, Contains(::testing::Field(&FakeOverlayHost::History::to, "a")));
  for (int i = 0; i < 64; ++i) overlay_.OnSentFromHistory("a", 1'000);
  Tell("a", Want(kBobs, 1, 100));
  EXPECT_EQ(host_.history.size(), 65u);
}

TEST_F(OverlayTest, WhatHistoryGaveIsCountedAsItWeighs) {
  Room(kLarge, {"a"});
  overlay_.Restore(kBobs, 1'000'000);
  Tell("a", Want(kBobs, 1, 100));
  overlay_.OnSentFromHistory("a", static_cast<size_t>(options_.answers_burst) + 1'000'000);
  Tell("a", Want(kBobs, 101, 200));
  EXPECT_EQ(host_.history.size(), 1u);
  now_ += absl::Seconds(1);
  Tell("a", Want(kBobs, 101, 200));
  EXPECT_EQ(host_.history.size(), 2u) << "a second later it is paid for";
}

TEST_F(OverlayTest, WhatHistoryHasIsNotPushedOutByWhatIsOnlySaid) {
  Room(kLarge, {"mallory", "a"});
  overlay_.Restore(kBobs, 500);
  for (StreamId id = 0; id < 2 * options_.streams; ++id) {
    now_ += absl::Milliseconds(10);
    Tell("mallory", Have(1'000 + id, 1));
  }
  EXPECT_TRUE(overlay_.Knows({kBobs, 500}));
  EXPECT_FALSE(overlay_.Knows({kBobs, 501}));
}

TEST_F(OverlayTest, WhatAFullLinkRefusedIsSaidWhenItTakesAgain) {
  Room(kLarge, {"a", "b"});
  Hear("a", Message(kBobs, 1));
  overlay_.OnStored(kBobs, 1, now_);
  host_.full.insert("a");
  Pass(2 * options_.acknowledge_delay);
  host_.full.clear();
  host_.Clear();
  overlay_.OnWritable("a", now_);
  EXPECT_THAT(ToldThat([](const RoomGossip& gossip) { return gossip.acks_size() == 1; }), ElementsAre("a"));
}

TEST_F(OverlayTest, NeighboursOfARoomThatOutgrewTheMeshAreWanted) {
  Room(kSmall, {"a", "b"});
  overlay_.SetRoomSize(kLarge, now_);
  EXPECT_THAT(host_.connects, ::testing::IsSupersetOf({"a", "b"}));
}

TEST_F(OverlayTest, OnesOwnStreamIsNotForgotten) {
  Room(kLarge, {"a"});
  overlay_.Publish(Message(1, 1), now_);
  for (uint64_t i = 0; i < 2 * options_.streams; ++i) {
    now_ += absl::Milliseconds(1);
    Hear("a", Message(1'000 + i, 1));
  }
  EXPECT_TRUE(overlay_.Knows({1, 1}));
}

}  // namespace
}  // namespace parlor::client::overlay
