// Who is whose neighbour, as the overlay shows it.
#include "client/overlay/view.h"

#include "absl/strings/str_cat.h"
#include "tests/client/overlay/overlay_fixture.h"

namespace parlor::client::overlay {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

using ViewTest = OverlayTest;

TEST_F(ViewTest, InASmallRoomWhoIsLinkedIsANeighbour) {
  Room(kSmall, {"bob", "cem"});
  EXPECT_THAT(overlay_.neighbours(), ElementsAre("bob", "cem"));
  LinkDown("bob");
  EXPECT_THAT(overlay_.neighbours(), ElementsAre("cem"));
  EXPECT_THAT(host_.connects, IsEmpty()) << "the room dials";
}

TEST_F(ViewTest, CandidatesAreDialledAskedAndTaken) {
  Room(kLarge, {});
  overlay_.AddCandidates({"bob"}, now_);
  EXPECT_THAT(host_.connects, ElementsAre("bob"));
  LinkUp("bob");
  EXPECT_THAT(Told(RoomGossip::NEIGHBOUR_ASK_URGENT), ElementsAre("bob"));
  EXPECT_FALSE(overlay_.IsNeighbour("bob"));
  Tell("bob", Word(RoomGossip::NEIGHBOUR_ACCEPT));
  EXPECT_TRUE(overlay_.IsNeighbour("bob"));
}

TEST_F(ViewTest, WhoRefusesIsLeftAndOthersAreSought) {
  Room(kLarge, {});
  overlay_.AddCandidates({"bob"}, now_);
  LinkUp("bob");
  RoomGossip refusal = Word(RoomGossip::NEIGHBOUR_REFUSE);
  refusal.add_members()->set_user("dan");
  refusal.add_members()->set_user("");
  Tell("bob", refusal);
  EXPECT_THAT(host_.disconnects, ElementsAre("bob"));
  EXPECT_GE(host_.wanted_candidates, 1);
  Pass(absl::Seconds(2));
  EXPECT_THAT(host_.connects, Contains("dan"));
  EXPECT_THAT(host_.connects, Not(Contains("")));
}

TEST_F(ViewTest, AFullViewRefusesUnlessItIsUrgent) {
  std::vector<PeerId> peers;
  for (size_t i = 0; i < options_.active_view_max; ++i) peers.push_back(absl::StrCat("p", i));
  Room(kLarge, peers);
  LinkUp("bob");
  Tell("bob", Word(RoomGossip::NEIGHBOUR_ASK));
  EXPECT_THAT(Told(RoomGossip::NEIGHBOUR_REFUSE), ElementsAre("bob"));
  LinkUp("cem");
  Tell("cem", Word(RoomGossip::NEIGHBOUR_ASK_URGENT));
  EXPECT_TRUE(overlay_.IsNeighbour("cem"));
  EXPECT_EQ(Told(RoomGossip::NEIGHBOUR_LEAVE).size(), 1u);
  EXPECT_EQ(overlay_.neighbours().size(), options_.active_view_max);
}

TEST_F(ViewTest, WhoAcceptsLateFindsTheViewFull) {
  Room(kLarge, {});
  overlay_.AddCandidates({"a", "b", "c", "d", "e", "f"}, now_);
  const std::vector<PeerId> dialled = host_.connects;
  for (const PeerId& peer : dialled) LinkUp(peer);
  for (size_t i = 0; i < options_.active_view_max; ++i) Befriend(absl::StrCat("p", i));
  for (const PeerId& peer : dialled) Tell(peer, Word(RoomGossip::NEIGHBOUR_ACCEPT));
  EXPECT_EQ(overlay_.neighbours().size(), options_.active_view_max);
  EXPECT_THAT(Told(RoomGossip::NEIGHBOUR_LEAVE), ::testing::UnorderedElementsAreArray(dialled));
}

TEST_F(ViewTest, ALostNeighbourIsReplacedAndTriedAgainLater) {
  Room(kLarge, {"a", "b", "c", "d", "e"});
  overlay_.AddCandidates({"fay"}, now_);
  EXPECT_THAT(host_.connects, IsEmpty());
  LinkDown("a");
  EXPECT_THAT(host_.connects, ElementsAre("fay"));
  Pass(absl::Seconds(10));
  EXPECT_THAT(host_.connects, Contains("a"));
}

TEST_F(ViewTest, WhoLeavesInGoodOrderIsACandidate) {
  Room(kLarge, {"a", "b"});
  Tell("a", Word(RoomGossip::NEIGHBOUR_LEAVE));
  EXPECT_FALSE(overlay_.IsNeighbour("a"));
  EXPECT_THAT(host_.disconnects, ElementsAre("a"));
}

TEST_F(ViewTest, CandidatesAreAskedForAgainAndAgainAtAPace) {
  Room(kLarge, {});
  const int before = host_.wanted_candidates;
  Pass(absl::Seconds(20));
  EXPECT_GE(host_.wanted_candidates - before, 10);
  EXPECT_LE(host_.wanted_candidates - before, 30);
}

TEST_F(ViewTest, AShuffleIsAnswered) {
  Room(kLarge, {"a", "b", "c"});
  RoomGossip shuffle;
  shuffle.set_shuffle(true);
  shuffle.add_members()->set_user("dan");
  Tell("a", shuffle);
  ASSERT_EQ(host_.gossip.size(), 1u);
  EXPECT_GE(host_.gossip[0].second.members_size(), 2);
  EXPECT_FALSE(host_.gossip[0].second.shuffle());
  EXPECT_THAT(host_.learned, ElementsAre("dan"));
  Pass(absl::Minutes(2));
  EXPECT_THAT(ToldThat([](const RoomGossip& gossip) { return gossip.shuffle(); }), Not(IsEmpty()));
}

TEST_F(ViewTest, AMeshThatGrowsIsTrimmedAndDoesNotComeBackAtOnce) {
  std::vector<PeerId> peers;
  for (size_t i = 0; i < 40; ++i) peers.push_back(absl::StrCat("p", i));
  Room(options_.mesh_members, peers);
  ASSERT_TRUE(overlay_.mesh());
  overlay_.SetRoomSize(options_.mesh_members + 1, now_);
  EXPECT_FALSE(overlay_.mesh());
  Pass(absl::Seconds(30));
  EXPECT_EQ(overlay_.neighbours().size(), options_.active_view_max);
  EXPECT_EQ(Told(RoomGossip::NEIGHBOUR_LEAVE).size(), 40 - options_.active_view_max);
  overlay_.SetRoomSize(options_.mesh_members, now_);
  EXPECT_FALSE(overlay_.mesh()) << "hysteresis";
  overlay_.SetRoomSize(options_.mesh_members * 3 / 4, now_);
  EXPECT_TRUE(overlay_.mesh());
  EXPECT_EQ(overlay_.neighbours().size(), 40u) << "all who are linked";
}

// Between the two bounds a room is small to some and large to others: those to whom it is small follow.
TEST_F(ViewTest, AMeshThatIsRefusedByOneOfALargeRoomBecomesLarge) {
  for (const auto word : {RoomGossip::NEIGHBOUR_REFUSE, RoomGossip::NEIGHBOUR_LEAVE}) {
    FakeOverlayHost host;
    Overlay overlay(host, {"ann", kAnnsTag, 42});
    overlay.SetRoomSize(options_.mesh_members, now_);
    host.linked.insert("a");
    overlay.OnLinkUp("a", now_);
    ASSERT_TRUE(overlay.mesh());
    ASSERT_EQ(host.gossip.size(), 1u);
    EXPECT_EQ(host.gossip[0].second.neighbour(), RoomGossip::NEIGHBOUR_ASK);
    overlay.OnGossip("stranger", Word(word), now_);
    EXPECT_TRUE(overlay.mesh());
    overlay.OnGossip("a", Word(word), now_);
    EXPECT_FALSE(overlay.mesh());
  }
}

TEST_F(ViewTest, ARoomThatIsSmallToEverybodyStaysSo) {
  Room(options_.mesh_members * 3 / 4, {"a"});
  Tell("a", Word(RoomGossip::NEIGHBOUR_REFUSE));
  Tell("a", Word(RoomGossip::NEIGHBOUR_LEAVE));
  EXPECT_TRUE(overlay_.mesh());
  EXPECT_TRUE(overlay_.IsNeighbour("a"));
}

// A link may stay for other reasons, or be made anew.
TEST_F(ViewTest, WhoHasLeftIsNoNeighbourWhenTheRoomBecomesSmall) {
  Room(kLarge, {"a", "b"});
  overlay_.Forget("a", now_);
  overlay_.SetRoomSize(2, now_);
  EXPECT_FALSE(overlay_.IsNeighbour("a"));
  EXPECT_TRUE(overlay_.IsNeighbour("b"));
}

TEST_F(ViewTest, WhoForgesIsLetGoAndNotTakenBack) {
  Room(kLarge, {"a", "b"});
  overlay_.OnForged("a", absl::DataLossError("nobody wrote it"), now_);
  EXPECT_THAT(host_.accused, ElementsAre("a"));
  EXPECT_FALSE(overlay_.IsNeighbour("a"));
  Tell("a", Word(RoomGossip::NEIGHBOUR_ASK_URGENT));
  Tell("a", Word(RoomGossip::NEIGHBOUR_ACCEPT));
  overlay_.SetRoomSize(2, now_);
  EXPECT_FALSE(overlay_.IsNeighbour("a"));
  overlay_.SetRoomSize(kLarge, now_);
  now_ += options_.ban;
  Tell("a", Word(RoomGossip::NEIGHBOUR_ASK));
  EXPECT_TRUE(overlay_.IsNeighbour("a"));
}

}  // namespace
}  // namespace parlor::client::overlay
