// Links that take nothing, who is taken from, and how fast authors may be.
#include "tests/client/overlay/overlay_fixture.h"

namespace parlor::client::overlay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr StreamId kAnns = 1;

class ContactTest : public OverlayTest {
 protected:
  // Who was told that all of this stream up to there is here.
  std::vector<PeerId> ToldOf(StreamId stream, uint64_t up_to) const {
    return ToldThat([&](const RoomGossip& gossip) {
      return std::any_of(gossip.haves().begin(), gossip.haves().end(),
                         [&](const auto& mark) { return mark.stream() == stream && mark.up_to() == up_to; });
    });
  }
  // What `peer` wrote itself, all at once. Returns how many were taken.
  uint64_t TakenOf(const PeerId& peer, uint64_t count) {
    uint64_t taken = 0;
    for (uint64_t number = 1; number <= count; ++number) {
      if (overlay_.OnMessage(peer, /*own=*/true, Message(kBobs, number), now_).ok()) ++taken;
    }
    return taken;
  }
};

// ---- links that take nothing

TEST_F(ContactTest, WhoseLinkStalledGetsNothingAndIsToldOfItLater) {
  Room(kLarge, {"a", "b"});
  overlay_.OnStalled("a");
  overlay_.Publish(Message(kAnns, 1), now_);
  EXPECT_THAT(PushedTo({kAnns, 1}), ElementsAre("b"));
  overlay_.OnWritable("a", now_);
  EXPECT_THAT(ToldOf(kAnns, 1), ElementsAre("a"));
  overlay_.Publish(Message(kAnns, 2), now_);
  EXPECT_THAT(PushedTo({kAnns, 2}), ElementsAre("a", "b"));
}

// It was taken, and lost before it left.
TEST_F(ContactTest, WhatWasSentInTheTurnInWhichALinkStalledIsAnnouncedAgain) {
  Room(kLarge, {"a", "b"});
  overlay_.Publish(Message(kAnns, 1), now_);
  EXPECT_THAT(PushedTo({kAnns, 1}), ElementsAre("a", "b"));
  overlay_.OnStalled("a");
  host_.Clear();
  overlay_.OnWritable("a", now_);
  EXPECT_THAT(ToldOf(kAnns, 1), ElementsAre("a"));
}

TEST_F(ContactTest, HoweverLongALinkWasStalledWhatItLacksIsAnnounced) {
  Room(kLarge, {"a", "b"});
  Hear("b", Message(kBobs, 1));
  overlay_.OnStalled("a");
  host_.full.insert("a");
  for (int second = 0; second < 120; ++second) {
    Pass(absl::Seconds(1));
    Tell("a", {});  // it is alive
  }
  ASSERT_TRUE(overlay_.IsNeighbour("a"));
  host_.full.clear();
  host_.Clear();
  overlay_.OnWritable("a", now_);
  EXPECT_THAT(ToldThat([](const RoomGossip& gossip) { return gossip.haves_size() > 0; }),
              ::testing::Contains("a"));
}

TEST_F(ContactTest, AWritableLinkThatHadNotStalledIsToldNothing) {
  Room(kLarge, {"a"});
  overlay_.Publish(Message(kAnns, 1), now_);
  overlay_.OnWritable("a", now_);
  EXPECT_THAT(ToldOf(kAnns, 1), IsEmpty());
}

TEST_F(ContactTest, CongestedIsWhoseLinksAllTakeNothing) {
  Room(kLarge, {"a", "b"});
  EXPECT_FALSE(overlay_.congested());
  overlay_.OnStalled("a");
  EXPECT_FALSE(overlay_.congested());
  overlay_.OnStalled("stranger");
  EXPECT_FALSE(overlay_.congested());
  overlay_.OnStalled("b");
  EXPECT_TRUE(overlay_.congested());
  overlay_.OnWritable("a", now_);
  EXPECT_FALSE(overlay_.congested());
}

TEST_F(ContactTest, WhatALinkRefusesStallsIt) {
  Room(kLarge, {"a"});
  host_.full.insert("a");
  EXPECT_EQ(overlay_.Publish(Message(kAnns, 1), now_), 0u);
  EXPECT_TRUE(overlay_.congested());
}

TEST_F(ContactTest, WhoHasNoNeighbourIsNotCongested) {
  EXPECT_FALSE(overlay_.congested());
  Room(kLarge, {"a"});
  overlay_.OnStalled("a");
  EXPECT_TRUE(overlay_.congested());
  LinkDown("a");
  EXPECT_FALSE(overlay_.congested());
}

// ---- who is taken from

TEST_F(ContactTest, MessagesAreTakenFromNeighbours) {
  Room(kLarge, {"a"});
  LinkUp("stranger");
  EXPECT_TRUE(overlay_.OnContact("a", now_));
  EXPECT_FALSE(overlay_.OnContact("stranger", now_));
  EXPECT_FALSE(overlay_.IsNeighbour("stranger")) << "in a large room it has to ask";
  EXPECT_FALSE(overlay_.OnContact("nobody", now_));
}

TEST_F(ContactTest, InASmallRoomWhoIsLinkedIsTakenFrom) {
  Room(kSmall, {"a"});
  EXPECT_TRUE(overlay_.OnContact("a", now_));
  EXPECT_FALSE(overlay_.OnContact("nobody", now_)) << "there is no link";
  LinkDown("a");
  EXPECT_FALSE(overlay_.OnContact("a", now_));
}

TEST_F(ContactTest, InASmallRoomWhoWasLetGoIsTakenBackWhenItsBanHasEnded) {
  Room(kSmall, {"a"});
  overlay_.OnForged("a", absl::DataLossError("forged"), now_);
  EXPECT_THAT(host_.accused, ElementsAre("a"));
  now_ += options_.ban - absl::Milliseconds(1);
  EXPECT_FALSE(overlay_.OnContact("a", now_));
  EXPECT_THAT(host_.befriended, ElementsAre("a"));
  now_ += absl::Milliseconds(1);
  EXPECT_TRUE(overlay_.OnContact("a", now_));
  EXPECT_THAT(host_.befriended, ElementsAre("a", "a"));
}

// ---- how fast

TEST_F(ContactTest, AuthorsArePacedInARoomOfMoreThanAFew) {
  overlay_.SetRoomSize(options_.unpaced_members, now_);
  EXPECT_FALSE(overlay_.paced());
  overlay_.SetRoomSize(options_.unpaced_members + 1, now_);
  EXPECT_TRUE(overlay_.paced());
}

TEST_F(ContactTest, WithAFewMembersAnAuthorMayBeAsFastAsTheLink) {
  const auto more = static_cast<uint64_t>(options_.own_messages_burst) + 500;
  Room(options_.unpaced_members, {"a"});
  EXPECT_EQ(TakenOf("a", more), more);
  EXPECT_THAT(host_.accused, IsEmpty());
}

TEST_F(ContactTest, WithManyAnAuthorWhoIsFasterThanItsPaceIsLetGo) {
  const auto most = static_cast<uint64_t>(options_.own_messages_burst);
  Room(options_.unpaced_members + 1, {"a"});
  EXPECT_EQ(TakenOf("a", most + 1), most);
  EXPECT_THAT(host_.accused, ElementsAre("a"));
  EXPECT_FALSE(overlay_.IsNeighbour("a"));
}

}  // namespace
}  // namespace parlor::client::overlay
