// What a member who is dialled is told before they have answered.
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/room/room_fixture.h"

namespace parlor::client {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;

class RoomOpeningTest : public RoomMachineTest {
 protected:
  RoomOpeningTest() : RoomMachineTest(Outside{}) { Enter({&bob, &cem}, 3); }

  // Tickets that `to` was shown on the link, with what was asked beside.
  std::vector<std::string> HellosTo(const std::string& to) const {
    std::vector<std::string> hellos;
    for (const auto& [user, frame] : host.frames) {
      if (user != to || !frame.has_room_hello()) continue;
      hellos.push_back(frame.room_hello().ticket() + (frame.room_hello().full() ? ", full" : ""));
    }
    return hellos;
  }
  void LinkUp(const TestAuthor& author, bool opened) {
    host.Link(author, Role::kSpeaker, opened);
    room.OnLinkUp(author.user);
  }
  // The dial is done, and its link takes the place of the present one.
  void LinkAnew(const TestAuthor& author) {
    host.Unlink(author.user);
    room.OnLinkDown(author.user, now);
    host.frames.clear();
    LinkUp(author, /*opened=*/true);
  }
};

TEST_F(RoomOpeningTest, WhatWasSaidAtOnceIsNotSaidAgain) {
  const std::optional<peer::v1::Frame> opening = room.Opening("bob");
  ASSERT_TRUE(opening.has_value());
  EXPECT_EQ(opening->room_hello().room(), kRoomId);
  EXPECT_EQ(opening->room_hello().ticket(), "ann's own ticket");
  EXPECT_TRUE(opening->room_hello().full());
  EXPECT_FALSE(room.Opening("cem")->room_hello().full()) << "one is asked for the past";
  EXPECT_FALSE(room.Opening("eve").has_value()) << "nobody is told who is not a member";
  LinkUp(bob, /*opened=*/true);
  EXPECT_THAT(HellosTo("bob"), IsEmpty());
  EXPECT_EQ(room.linked(), 0u) << "nor is anybody linked who has shown no ticket";
  Link(bob, Role::kSpeaker);
  EXPECT_EQ(room.linked(), 1u);
}

TEST_F(RoomOpeningTest, WhoDialledMeanwhileIsToldOnTheirLink) {
  room.Opening("bob");
  LinkUp(bob, /*opened=*/false);
  EXPECT_THAT(HellosTo("bob"), ElementsAre("ann's own ticket, full"));
}

TEST_F(RoomOpeningTest, ATicketThatWasRenewedMeanwhileIsShown) {
  room.Opening("bob");
  room.OnTicket("a later one", rooms::v1::ROLE_MODERATOR);
  LinkUp(bob, /*opened=*/true);
  EXPECT_THAT(HellosTo("bob"), ElementsAre("a later one")) << "the past was asked for";
}

TEST_F(RoomOpeningTest, AnOpeningIsForOneLink) {
  room.Opening("bob");
  LinkUp(bob, /*opened=*/true);
  host.Unlink("bob");
  room.OnLinkDown("bob", now);
  LinkUp(bob, /*opened=*/true);  // another room has said something
  EXPECT_THAT(HellosTo("bob"), ElementsAre("ann's own ticket, full"));
}

// Both have dialled, and the link that comes up later is kept.
TEST_F(RoomOpeningTest, WhatWasSaidOnADialThatGoesOnHoldsWhenThatIsUp) {
  room.Opening("bob");
  LinkUp(bob, /*opened=*/false);
  LinkAnew(bob);
  EXPECT_THAT(HellosTo("bob"), IsEmpty());
}

// The same, but only the link that is gone was asked for the past.
TEST_F(RoomOpeningTest, ThePastIsAskedForOnTheLinkThatIsKept) {
  room.Opening("cem");
  room.Opening("bob");
  room.OnNoLink("cem", now);
  LinkUp(bob, /*opened=*/false);
  LinkAnew(bob);
  EXPECT_THAT(HellosTo("bob"), ElementsAre("ann's own ticket, full"));
}

TEST_F(RoomOpeningTest, WhereNothingCanBeSaidAnotherIsAskedForThePast) {
  Link(cem, Role::kSpeaker);
  room.OnNoLink("cem", now);  // of an older dial
  peer::v1::Frame synced;
  synced.mutable_room_synced()->set_room(kRoomId);
  synced.mutable_room_synced()->set_newcomer(true);
  Say(cem, synced);
  EXPECT_TRUE(room.Opening("bob")->room_hello().full());
  Wait(absl::Milliseconds(1));  // the time begins
  host.full = {"bob"};
  LinkUp(bob, /*opened=*/false);
  EXPECT_THAT(HellosTo("bob"), IsEmpty());
  Wait(absl::Seconds(20));
  host.wakes.clear();
  Wait(absl::Seconds(1));
  EXPECT_THAT(host.wakes, Each(Gt(now))) << "nobody is waited for";
  host.full.clear();
  const TestAuthor dan("dan");
  Join(dan, Role::kSpeaker);
  EXPECT_THAT(HellosTo("dan"), ElementsAre("ann's own ticket, full"));
}

TEST_F(RoomOpeningTest, WhoDoesNotAnswerIsFollowedByAnother) {
  room.Opening("bob");
  Link(cem, Role::kSpeaker);
  EXPECT_THAT(HellosTo("cem"), ElementsAre("ann's own ticket"));
  room.OnNoLink("bob", now);
  EXPECT_THAT(HellosTo("cem"), ElementsAre("ann's own ticket", "ann's own ticket, full"));
}

}  // namespace
}  // namespace parlor::client
