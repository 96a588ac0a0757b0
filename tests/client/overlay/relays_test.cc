#include "client/overlay/relays.h"

#include "tests/client/overlay/overlay_fixture.h"

namespace parlor::client::overlay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr MemberTag kBobsTag = 9;

RoomGossip Relay(StreamId stream) {
  RoomGossip gossip;
  gossip.add_relay(stream);
  return gossip;
}

class RelaysTest : public OverlayTest {
 protected:
  RelaysTest() { Room(kSmall, {"a", "b"}); }

  // Bob writes, who is not linked.
  void HearOfBob(const PeerId& from, uint64_t number) {
    Hear(from, Message(kBobs, number));
    overlay_.SetAuthor(kBobs, kBobsTag);
    overlay_.OnUnreached(kBobs, from, now_);
  }
  std::vector<PeerId> AskedToRelay() const {
    return ToldThat([](const RoomGossip& gossip) { return gossip.relay_size() > 0; });
  }
  std::vector<PeerId> ToldNotTo() const {
    return ToldThat([](const RoomGossip& gossip) { return gossip.no_relay_size() > 0; });
  }
};

TEST_F(RelaysTest, WhoBringsAMessageIsAskedToPassOnTheRest) {
  HearOfBob("a", 1);
  HearOfBob("a", 2);
  EXPECT_THAT(AskedToRelay(), ElementsAre("a")) << "once";
  EXPECT_THAT(ToldNotTo(), IsEmpty());
}

TEST_F(RelaysTest, TheLastWhoBroughtSomethingIsTheOne) {
  HearOfBob("a", 1);
  HearOfBob("b", 2);
  EXPECT_THAT(AskedToRelay(), ElementsAre("a", "b"));
  EXPECT_THAT(ToldNotTo(), ElementsAre("a"));
}

TEST_F(RelaysTest, WhatComesIsPassedOnToWhoAskedForIt) {
  Hear("b", Message(kBobs, 1), /*own=*/true);
  EXPECT_THAT(PushedTo({kBobs, 1}), IsEmpty());
  Tell("a", Relay(kBobs));
  Hear("b", Message(kBobs, 2), /*own=*/true);
  Hear("b", Message(kBobs + 1, 1));
  EXPECT_THAT(PushedTo({kBobs, 2}), ElementsAre("a"));
  EXPECT_THAT(PushedTo({kBobs + 1, 1}), IsEmpty());
  RoomGossip enough;
  enough.add_no_relay(kBobs);
  Tell("a", enough);
  Hear("b", Message(kBobs, 3), /*own=*/true);
  EXPECT_THAT(PushedTo({kBobs, 3}), IsEmpty());
}

TEST_F(RelaysTest, WhoIsLinkedWithTheAuthorNeedsNobody) {
  HearOfBob("a", 1);
  overlay_.OnReached(kBobsTag + 1, now_);
  EXPECT_THAT(ToldNotTo(), IsEmpty()) << "that was somebody else";
  overlay_.OnReached(kBobsTag, now_);
  EXPECT_THAT(ToldNotTo(), ElementsAre("a"));
  host_.Clear();
  HearOfBob("a", 2);
  EXPECT_THAT(AskedToRelay(), ElementsAre("a")) << "the link is gone again";
}

TEST_F(RelaysTest, NorWhoHearsItFromTheAuthorFirst) {
  HearOfBob("a", 1);
  Hear("a", Message(kBobs, 1));
  EXPECT_THAT(ToldNotTo(), IsEmpty()) << "it may have been asked for meanwhile";
  Hear("b", Message(kBobs, 2), /*own=*/true);
  Hear("a", Message(kBobs, 2));
  EXPECT_THAT(ToldNotTo(), ElementsAre("a"));
}

TEST_F(RelaysTest, AfterItsLinkWasMadeAnewItIsAskedAnew) {
  HearOfBob("a", 1);
  LinkDown("a");
  LinkUp("a");
  host_.Clear();
  HearOfBob("a", 2);
  EXPECT_THAT(AskedToRelay(), ElementsAre("a"));
}

TEST_F(RelaysTest, WhoPassesThemOnTellsTheirAuthorWhoHasThem) {
  Tell("a", Relay(kBobs));
  Hear("b", Message(kBobs, 1), /*own=*/true);
  RoomGossip have;
  have.add_acks()->set_stream(kBobs);
  have.mutable_acks(0)->set_up_to(1);
  have.mutable_acks(0)->add_members(1'001);
  Tell("a", have);
  Pass(2 * options_.acknowledge_delay);
  EXPECT_THAT(ToldThat([](const RoomGossip& gossip) { return gossip.acks_size() > 0; }), ElementsAre("b"));
}

TEST_F(RelaysTest, InALargeRoomTheTreeBringsIt) {
  overlay_.SetRoomSize(kLarge, now_);
  host_.Clear();
  HearOfBob("a", 1);
  EXPECT_THAT(AskedToRelay(), IsEmpty());
}

TEST_F(RelaysTest, SoManyStreamsArePassedOn) {
  for (StreamId id = 1; id <= Relays::kMaxPassedOn + 1; ++id) Tell("a", Relay(100 + id));
  Hear("b", Message(100 + Relays::kMaxPassedOn, 1));
  Hear("b", Message(101 + Relays::kMaxPassedOn, 1));
  EXPECT_THAT(PushedTo({100 + Relays::kMaxPassedOn, 1}), ElementsAre("a"));
  EXPECT_THAT(PushedTo({101 + Relays::kMaxPassedOn, 1}), IsEmpty());
}

TEST_F(RelaysTest, SoManyStreamsAreAskedFor) {
  for (StreamId id = 1; id <= 2 * Relays::kMaxWanted; ++id) {
    Hear("a", Message(100 + id, 1));
    overlay_.OnUnreached(100 + id, "a", now_);
  }
  EXPECT_EQ(AskedToRelay().size(), Relays::kMaxWanted);
}

TEST_F(RelaysTest, WhatIsPassedOnCountsAsAnAnswer) {
  Tell("a", Relay(kBobs));
  const auto large = std::make_shared<const std::string>(std::string(64 * 1024, 'x'));
  for (uint64_t number = 1; number <= 1'000; ++number) {
    Hear("b", Payload{{kBobs, number}, 0, false, large}, /*own=*/true);
  }
  EXPECT_FALSE(host_.payloads.empty());
  EXPECT_LE(static_cast<double>(host_.payloads.size() * large->size()), options_.answers_burst);
}

}  // namespace
}  // namespace parlor::client::overlay
