// One frame, many messages: what happens to the others when one of them is refused, and what is acknowledged.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/room/room_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RoomFramesTest : public RoomMachineTest {
 protected:
  RoomFramesTest() {
    Join(bob, Role::kSpeaker);
    Join(cem, Role::kSpeaker);
  }

  static peer::v1::SignedMessage Spoilt(peer::v1::SignedMessage message) {
    message.mutable_signature()->back() ^= 1;
    return message;
  }
  // Texts that were passed on to them.
  std::vector<std::string> GivenTo(const TestAuthor& author) const {
    std::vector<std::string> given;
    for (const peer::v1::Frame& frame : FramesTo(author)) {
      for (const peer::v1::SignedMessage& message : frame.room_messages().messages()) {
        given.push_back(DecodeBody(message.body())->text);
      }
    }
    return given;
  }
};

class StageFramesTest : public RoomMachineTest {
 protected:
  StageFramesTest() : RoomMachineTest(/*stage=*/true) {
    Join(bob, Role::kListener);
    Join(cem, Role::kSpeaker);
  }
};

TEST_F(StageFramesTest, AListenersWordsAreLeftOutOfTheirFrameAndNothingElse) {
  Hand(bob, {bob.Says("me too"), cem.Says("one"), bob.Says("me three"), cem.Says("two")});
  EXPECT_THAT(Shown(), ElementsAre("cem: one (signature)", "cem: two (signature)"));
  EXPECT_THAT(Warnings(), ElementsAre("not_allowed")) << "once a frame";
  EXPECT_THAT(host.closed, IsEmpty());
  Commit();
  EXPECT_THAT(Stored(), ElementsAre("one (signature)", "two (signature)"));
  EXPECT_THAT(Acknowledged(cem), ElementsAre("1-2"));
  EXPECT_THAT(Acknowledged(bob), IsEmpty());
}

// Cem's ticket does not cover the second: nobody can prove that a speaker wrote it.
TEST_F(StageFramesTest, ARefusedMessageIsAGapThatIsNotAcknowledged) {
  const auto one = cem.Says("one");
  const auto two = cem.Says("two", kStart - kMaxJudgedOffline - absl::Hours(1));
  const auto three = cem.Says("three");
  Hand(bob, {one, two, three});
  EXPECT_THAT(Shown(), ElementsAre("cem: one (signature)"));
  EXPECT_THAT(Warnings(), ElementsAre("not_allowed"));
  EXPECT_THAT(host.closed, IsEmpty());
  Commit();
  EXPECT_THAT(Acknowledged(cem), ElementsAre("1-1"));

  Hand(bob, {two});  // the answer
  Wait(kGapPatience);
  EXPECT_THAT(Shown(), ElementsAre("cem: one (signature)", "cem: three (signature)"));
  Commit();
  EXPECT_THAT(Stored(), ElementsAre("one (signature)", "three (signature)"));
  EXPECT_THAT(Acknowledged(cem), ElementsAre("3-3"));
}

TEST_F(StageFramesTest, WhatWaitsBehindARefusedMessageIsNotAcknowledgedThoughTheFrameComesTwice) {
  const auto one = cem.Says("one");
  const auto two = cem.Says("two", kStart - kMaxJudgedOffline - absl::Hours(1));
  const auto three = cem.Says("three");
  for (int i = 0; i < 2; ++i) Hand(bob, {one, two, three});
  Commit();
  EXPECT_THAT(Shown(), ElementsAre("cem: one (signature)"));
  EXPECT_THAT(Acknowledged(cem), ElementsAre("1-1")) << "marks say what is here without a gap";
}

rooms::v1::MemberChange HasJoined(const std::string& user) {
  rooms::v1::MemberChange change;
  change.set_kind(rooms::v1::MemberChange::KIND_JOINED);
  change.mutable_member()->set_user(user);
  return change;
}

TEST_F(RoomFramesTest, ANewcomerDialsAndIsDialledWhenTheyDoNot) {
  const TestAuthor eve("eve");
  room.OnMember(HasJoined("dan"), now);
  room.OnMember(HasJoined("eve"), now);
  Wait(absl::Seconds(1));
  Join(eve, Role::kSpeaker);
  host.wanted.clear();  // to keep the link
  Wait(absl::Milliseconds(900));
  EXPECT_THAT(host.wanted, IsEmpty());
  Wait(absl::Milliseconds(100));
  EXPECT_THAT(host.wanted, ElementsAre("dan"));
  Wait(absl::Seconds(10));
  EXPECT_THAT(host.wanted, ElementsAre("dan")) << "once; the dialer goes on by itself";
}

TEST_F(RoomFramesTest, AForgedMessageEndsTheLinkAndNothingBehindItInItsFrameCounts) {
  const auto one = cem.Says("one");
  const auto two = cem.Says("two");
  const auto three = cem.Says("three");
  Hand(bob, {one, Spoilt(two), three});
  EXPECT_THAT(Shown(), ElementsAre("cem: one (signature)"));
  EXPECT_THAT(Warnings(), ElementsAre("forged"));
  ASSERT_THAT(host.closed, SizeIs(1));
  EXPECT_EQ(host.closed["bob"].code(), absl::StatusCode::kDataLoss);
  Commit();
  EXPECT_THAT(Stored(), ElementsAre("one (signature)"));
  EXPECT_THAT(Acknowledged(cem), ElementsAre("1-1"));

  // The forged one took no number: cem's own words have their places.
  Hand(cem, {two, three});
  Hand(bob, {bob.Says("listen to me")});
  Commit();
  EXPECT_THAT(Shown(), ElementsAre("cem: one (signature)", "cem: two (link)", "cem: three (link)"));
  EXPECT_THAT(Acknowledged(cem), ElementsAre("1-3"));
}

TEST_F(RoomFramesTest, WhatMakesNoSenseEndsTheLinkAndWhatCameBeforeItIsKept) {
  const auto one = bob.Says("one");
  const auto two = bob.Says("two");
  peer::v1::SignedMessage garbage = two;
  garbage.set_body("garbage");
  peer::v1::SignedMessage elsewhere = two;
  elsewhere.set_body(EncodeBody({.room = "room2",
                                 .sender = "bob",
                                 .id = {bob.device(), 7, 2},
                                 .time = {absl::ToUnixMillis(kStart), 0},
                                 .previous = {},
                                 .text = "elsewhere"}));
  const auto others = cem.Says("mine");
  Hand(bob, {one, garbage, two});
  Hand(cem, {others, elsewhere});
  EXPECT_EQ(host.closed["bob"].code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(host.closed["cem"].code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Shown(), ElementsAre("bob: one (link)", "cem: mine (link)"));
  Commit();
  EXPECT_THAT(Acknowledged(bob), ElementsAre("1-1"));
  EXPECT_THAT(Acknowledged(cem), ElementsAre("1-1"));
}

// Judged when all that has come is shown, in whatever order the two happen.
TEST_F(RoomFramesTest, WhatIsShownBecauseAGapLastedTooLongIsProvedLikeAnyOther) {
  const auto one = bob.Says("one");
  (void)bob.Says("two, which never comes");
  const auto three = bob.Says("three");
  const auto four = bob.Says("four");
  Hand(bob, {one, three});
  now += kGapPatience;
  peer::v1::Frame frame;
  frame.mutable_room_messages()->set_room(kRoomId);
  *frame.mutable_room_messages()->add_messages() = four;
  room.OnFrame("bob", frame, now);
  room.OnTimer(now);
  host.EndTurn(now);
  Commit();
  EXPECT_THAT(Shown(), ElementsAre("bob: one (link)", "bob: three (link)", "bob: four (link)"));
  EXPECT_THAT(Stored(), ElementsAre("one (signature)", "three (signature)", "four (signature)"));
}

// Of several that come in one turn all are shown before any is judged.
TEST_F(RoomFramesTest, WhatALinkProvesIsShownBeforeItIsJudged) {
  peer::v1::Frame frame;
  frame.mutable_room_messages()->set_room(kRoomId);
  *frame.mutable_room_messages()->add_messages() = Spoilt(bob.Says("one"));
  room.OnFrame("bob", frame, now);
  EXPECT_THAT(Shown(), ElementsAre("bob: one (link)"));
  Commit();
  EXPECT_THAT(Stored(), IsEmpty()) << "not judged";
  host.EndTurn(now);
  Commit();
  EXPECT_THAT(Stored(), ElementsAre("one (unverified)"));
}

TEST_F(RoomFramesTest, WhoLeavesStoresWhatWasShown) {
  peer::v1::Frame frame;
  frame.mutable_room_messages()->set_room(kRoomId);
  *frame.mutable_room_messages()->add_messages() = bob.Says("one");
  room.OnFrame("bob", frame, now);
  room.Leave();
  Commit();
  EXPECT_THAT(Stored(), ElementsAre("one (signature)"));
}

TEST_F(RoomFramesTest, AnAcknowledgementThatDoesNotFitIsSentWhenThereIsRoom) {
  Acknowledged(bob);
  Hand(bob, {bob.Says("one")});
  host.full.insert("bob");
  Commit();
  EXPECT_THAT(Acknowledged(bob), IsEmpty());
  host.full.clear();
  room.OnWritable("bob", now);
  host.EndTurn(now);
  EXPECT_THAT(Acknowledged(bob), ElementsAre("1-1"));
}

TEST_F(RoomFramesTest, WordsInThisDevicesOwnNameAreSkippedWithoutAWord) {
  Hand(bob, {cem.Says("one"), ann.Says("never said"), cem.Says("two")});
  EXPECT_THAT(Shown(), ElementsAre("cem: one (signature)", "cem: two (signature)"));
  EXPECT_THAT(Warnings(), IsEmpty());
  EXPECT_THAT(host.closed, IsEmpty());
  Commit();
  EXPECT_THAT(Stored(), ElementsAre("one (signature)", "two (signature)"));
  EXPECT_THAT(Acknowledged(cem), ElementsAre("1-2"));
}

// The link proves them, so they are shown and kept; but they cannot be proved to anybody else.
TEST_F(RoomFramesTest, ABadSignatureOfTheAuthorsOwnKeepsAMessageFromBeingPassedOn) {
  Hand(bob, {bob.Says("one"), Spoilt(bob.Says("two")), bob.Says("three")});
  EXPECT_THAT(Shown(), ElementsAre("bob: one (link)", "bob: two (link)", "bob: three (link)"));
  EXPECT_THAT(host.closed, IsEmpty());
  Commit();
  EXPECT_THAT(Stored(), ElementsAre("one (signature)", "two (unverified)", "three (signature)"));
  EXPECT_THAT(Acknowledged(bob), ElementsAre("1-3"));

  const TestAuthor dan("dan");
  Join(dan, Role::kSpeaker);
  EXPECT_THAT(GivenTo(dan), ElementsAre("one", "three"));
}

// Well signed by its author, but it does not continue what that author said here: of the two stories that the
// author told, the room shows which one does not fit, and passes on only the one that does.
TEST_F(RoomFramesTest, AMessageThatDoesNotContinueTheOneBeforeIsAConflictAndIsNotPassedOn) {
  const auto one = bob.Says("one");
  TestAuthor other_story = bob;
  (void)other_story.Says("two, to others");
  const auto two = bob.Says("two");
  const auto three = other_story.Says("three");
  Hand(bob, {one, two});
  Hand(bob, {three});
  EXPECT_THAT(Shown(), ElementsAre("bob: one (link)", "bob: two (link)", "bob: three (conflict)"));
  Commit();
  EXPECT_THAT(Stored(), ElementsAre("one (signature)", "two (signature)", "three (conflict)"));
  EXPECT_THAT(Acknowledged(bob), ElementsAre("1-3"));

  const TestAuthor dan("dan");
  Join(dan, Role::kSpeaker);
  EXPECT_THAT(GivenTo(dan), ElementsAre("one", "two"));
}

// What is passed on has to be proved; the proof may come with the next copy of it.
TEST_F(RoomFramesTest, WordsOfSomebodyWhoIsNotProvedAreLeftOutUntilTheyAre) {
  TestAuthor eve("eve");
  const auto one = eve.Says("one");
  Hand(bob, {one, bob.Says("mine")});
  EXPECT_THAT(Shown(), ElementsAre("bob: mine (link)"));
  EXPECT_THAT(Warnings(), IsEmpty());
  EXPECT_THAT(host.closed, IsEmpty());
  host.Link(eve, Role::kSpeaker);
  peer::v1::Frame proved;
  proved.mutable_room_messages()->set_room(kRoomId);
  *proved.mutable_room_messages()->add_messages() = one;
  peer::v1::AuthorProof& proof = *proved.mutable_room_messages()->add_proofs();
  proof.set_device(eve.device());
  proof.add_chain_der("eve");
  proof.set_ticket(FakeRoomHost::TicketOf("eve"));
  Say(cem, proved);
  EXPECT_THAT(Shown(), ElementsAre("bob: mine (link)", "eve: one (signature)"));
}

// Cem is in the room, and linked with bob; ann does not reach it.
class UnreachedTest : public RoomFramesTest {
 protected:
  void LoseCem() {
    host.Unlink("cem");
    room.OnLinkDown("cem", now);
    Enter({&bob, &cem}, 3);  // it is still here
  }
  // What bob was told of streams to pass on, or not to.
  int Asked() const {
    int streams = 0;
    for (const peer::v1::Frame& frame : FramesTo(bob)) streams += frame.room_gossip().relay_size();
    return streams;
  }
  int Stopped() const {
    int streams = 0;
    for (const peer::v1::Frame& frame : FramesTo(bob)) streams += frame.room_gossip().no_relay_size();
    return streams;
  }
  // Up to which number bob heard that ann has cem's; 0: not at all.
  uint64_t ToldToHave() const {
    uint64_t up_to = 0;
    for (const peer::v1::Frame& frame : FramesTo(bob)) {
      for (const peer::v1::StreamAck& ack : frame.room_gossip().acks()) {
        EXPECT_THAT(ack.members(), ElementsAre(overlay::TagOf(ann.device())));
        up_to = ack.up_to();
      }
    }
    return up_to;
  }
};

TEST_F(UnreachedTest, WhoBringsWordsOfSomebodyWhoIsNotReachedIsAskedForTheRest) {
  Hand(bob, {cem.Says("one")});
  EXPECT_EQ(Asked(), 0) << "its author brings it as well";
  LoseCem();
  Hand(bob, {cem.Says("two")});
  EXPECT_EQ(Shown().back(), "cem: two (signature)");
  EXPECT_EQ(Asked(), 1);
  host.frames.clear();
  Link(cem, Role::kSpeaker);
  EXPECT_EQ(Stopped(), 1);
}

TEST_F(UnreachedTest, ItsAuthorIsToldByThatWayThatTheyAreHere) {
  Hand(bob, {cem.Says("one")});
  Commit();
  Wait(absl::Seconds(1));
  EXPECT_EQ(ToldToHave(), 0u) << "its author was told itself";
  LoseCem();
  Hand(bob, {cem.Says("two")});
  Commit();
  Wait(absl::Seconds(1));
  EXPECT_EQ(ToldToHave(), 2u);
}

// A link that has just come up takes some ten packets at once: the first of them are shown without the rest.
TEST_F(RoomFramesTest, ANewcomerIsAnsweredInFramesThatAFreshLinkTakesAtOnce) {
  for (int i = 0; i < 60; ++i) Hand(bob, {bob.Says(std::string(300, 'm'))});
  Commit();
  const TestAuthor eve("eve");
  Join(eve, Role::kSpeaker);
  int messages = 0;
  int frames = 0;
  for (const peer::v1::Frame& frame : FramesTo(eve)) {
    if (!frame.has_room_messages()) continue;
    EXPECT_TRUE(frame.room_messages().past());
    EXPECT_LT(frame.ByteSizeLong(), 10'000u);
    ++frames;
    messages += frame.room_messages().messages_size();
  }
  EXPECT_EQ(messages, 60);
  EXPECT_GE(frames, 3);
}

class NewcomerTest : public RoomMachineTest {
 protected:
  NewcomerTest() : RoomMachineTest(Outside{}) {
    Enter({&bob, &cem}, 3);
    Link(bob, Role::kSpeaker);
    Link(cem, Role::kSpeaker);
  }
  std::vector<std::string> AskedForThePast() const {
    std::vector<std::string> asked;
    for (const auto& [user, frame] : host.frames) {
      if (frame.room_hello().full()) asked.push_back(user);
    }
    return asked;
  }
  void AnswerIsOver(const TestAuthor& from, bool newcomer) {
    peer::v1::Frame synced;
    synced.mutable_room_synced()->set_room(kRoomId);
    synced.mutable_room_synced()->set_newcomer(newcomer);
    Say(from, synced);
  }
};

TEST_F(NewcomerTest, OneNeighbourIsAskedForThePastAndTheNextWhenThatOneIsNewItself) {
  EXPECT_THAT(AskedForThePast(), ElementsAre("bob"));
  AnswerIsOver(cem, false);  // was not asked
  AnswerIsOver(bob, true);
  EXPECT_THAT(AskedForThePast(), ElementsAre("bob", "cem"));
  AnswerIsOver(cem, false);
  room.OnLinkDown("cem", now);
  EXPECT_THAT(AskedForThePast(), ElementsAre("bob", "cem"));
}

TEST_F(NewcomerTest, WhoIsLostWhileItAnswersIsFollowedByAnother) {
  host.Unlink("bob");
  room.OnLinkDown("bob", now);
  EXPECT_THAT(AskedForThePast(), ElementsAre("bob", "cem"));
}

TEST_F(NewcomerTest, WhoDoesNotAnswerInTimeIsFollowedByAnother) {
  Wait(absl::Milliseconds(1));  // the time begins
  Wait(absl::Seconds(9));
  EXPECT_THAT(AskedForThePast(), ElementsAre("bob"));
  Wait(absl::Seconds(1));
  EXPECT_THAT(AskedForThePast(), ElementsAre("bob", "cem"));
}

TEST_F(NewcomerTest, WhoLeavesOrIsRemovedWhileItAnswersIsFollowedByAnother) {
  rooms::v1::MemberChange kicked;
  kicked.set_kind(rooms::v1::MemberChange::KIND_KICKED);
  kicked.mutable_member()->set_user("bob");
  room.OnMember(kicked, now);
  EXPECT_THAT(AskedForThePast(), ElementsAre("bob", "cem"));
  const TestAuthor dan("dan");
  Join(dan, Role::kSpeaker);
  peer::v1::Frame goodbye;
  goodbye.mutable_room_goodbye()->set_room(kRoomId);
  Say(cem, goodbye);
  EXPECT_THAT(AskedForThePast(), ElementsAre("bob", "cem", "dan"));
}

// Killed before anything was on the disk, ann was here when bob wrote all of it.
class OwedTest : public NewcomerTest {
 protected:
  OwedTest() {
    for (const char* text : {"one", "two", "three", "four"}) said.push_back(bob.Says(text));
    Hand(bob, {said[2], said[3]}, /*past=*/true);
    AnswerIsOver(bob, false);
    Commit();
    Acknowledged(bob);
    Acknowledged(cem);
  }
  void BobOwesFrom(uint64_t number) {
    peer::v1::Frame hello;
    hello.mutable_room_hello()->set_room(kRoomId);
    hello.mutable_room_hello()->set_ticket(FakeRoomHost::TicketOf("bob"));
    hello.mutable_room_hello()->set_renewal(true);
    hello.mutable_room_hello()->set_epoch(bob.epoch);
    hello.mutable_room_hello()->set_owed_from(number);
    Say(bob, hello);
  }
  // "<user>: <from>-<to>" of each.
  std::vector<std::string> Wanted() const {
    std::vector<std::string> wanted;
    for (const auto& [user, frame] : host.frames) {
      if (!frame.has_room_want()) continue;
      EXPECT_EQ(frame.room_want().device(), bob.device());
      wanted.push_back(absl::StrCat(user, ": ", frame.room_want().from(), "-", frame.room_want().to()));
    }
    return wanted;
  }

  std::vector<peer::v1::SignedMessage> said;
};

TEST_F(OwedTest, WhatTheLatestWereNotAllOfIsAskedForOnceItIsKnown) {
  BobOwesFrom(1);
  Wait(absl::Milliseconds(200));
  EXPECT_THAT(Wanted(), ElementsAre("bob: 1-2"));
  Hand(bob, {said[0], said[1]}, /*past=*/true);
  Commit();
  EXPECT_THAT(Shown(),
              ElementsAre("bob: three (link)", "bob: four (link)", "bob: one (link)", "bob: two (link)"));
  EXPECT_THAT(Stored(),
              ElementsAre("one (signature)", "two (signature)", "three (signature)", "four (signature)"));
  EXPECT_THAT(Acknowledged(bob), ElementsAre("1-4"));
  BobOwesFrom(1);
  Wait(absl::Minutes(1));
  EXPECT_THAT(Wanted(), IsEmpty());
}

TEST_F(OwedTest, WhatIsNewIsAcknowledgedMeanwhile) {
  BobOwesFrom(1);
  Hand(bob, {bob.Says("five")});
  Commit();
  EXPECT_THAT(Acknowledged(bob), ElementsAre("3-5"));
}

TEST_F(OwedTest, NothingIsAskedForThatWasSaidBeforeAnnCame) {
  BobOwesFrom(3);
  BobOwesFrom(4);
  BobOwesFrom(5);
  Wait(absl::Minutes(1));
  EXPECT_THAT(Wanted(), IsEmpty());
}

TEST_F(OwedTest, AFullDiskIsToldOfAllTheSame) {
  BobOwesFrom(1);
  Hand(bob, {bob.Says("five")});
  FailCommit();
  EXPECT_THAT(Errors(), ElementsAre("not_stored"));
}

// A device that nobody here knows, in two people's names: what cannot be proved any more is shown as
// unverified when it is of the past, and the store keeps one name for a device.
TEST_F(NewcomerTest, OneThatTheStoreRefusesTakesNoOtherOfItsFrameWithIt) {
  TestAuthor unknown("eve");
  const auto one = unknown.Says("one");
  unknown.sender = "dan";
  const auto two = unknown.Says("two");
  Hand(bob, {one, two, bob.Says("mine", kStart + absl::Seconds(1))}, /*past=*/true);
  EXPECT_THAT(Shown(), ElementsAre("eve: one (unverified)", "dan: two (unverified)", "bob: mine (link)"));
  Commit();
  EXPECT_THAT(Stored(), ElementsAre("one (unverified)", "mine (signature)"));
  EXPECT_THAT(Warnings(), ElementsAre("forged"));
  EXPECT_THAT(Errors(), IsEmpty());
  EXPECT_THAT(Acknowledged(bob), ElementsAre("1-1"));
}

}  // namespace
}  // namespace parlor::client
