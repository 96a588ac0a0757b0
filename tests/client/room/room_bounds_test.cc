// What one member can make another one do: how much history it reads, what it judges, what it takes unasked.
#include <algorithm>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/room/room_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kAtOnce = MemberConduct::kAnswersAtOnce;

class RoomBoundsTest : public RoomMachineTest {
 protected:
  RoomBoundsTest() {
    host.tickets_last = absl::Hours(48);
    Join(bob, Role::kSpeaker);
    Join(cem, Role::kSpeaker);
    host.frames.clear();
  }

  void Ask(const TestAuthor& who, uint64_t from, uint64_t to) {
    peer::v1::Frame frame;
    peer::v1::RoomWant& want = *frame.mutable_room_want();
    want.set_room(kRoomId);
    want.set_device(cem.device());
    want.set_epoch(cem.epoch);
    want.set_from(from);
    want.set_to(to);
    Say(who, frame);
  }
  size_t AnswersTo(const TestAuthor& who) const {
    size_t answers = 0;
    for (const peer::v1::Frame& frame : FramesTo(who)) answers += frame.has_room_messages() ? 1 : 0;
    return answers;
  }
  static peer::v1::Frame Hello(const std::string& ticket) {
    peer::v1::Frame frame;
    frame.mutable_room_hello()->set_room(kRoomId);
    frame.mutable_room_hello()->set_ticket(ticket);
    return frame;
  }
  // How often the person was shown such an event.
  template <typename E>
  size_t Told(const std::function<bool(const E&)>& fits) const {
    return static_cast<size_t>(std::count_if(host.events.begin(), host.events.end(), [&](const Event& event) {
      const E* const typed = std::get_if<E>(&event);
      return typed != nullptr && fits(*typed);
    }));
  }
  static peer::v1::Frame WithProof(const std::string& chain) {
    peer::v1::Frame frame;
    frame.mutable_room_messages()->set_room(kRoomId);
    peer::v1::AuthorProof& proof = *frame.mutable_room_messages()->add_proofs();
    proof.set_device("somebody's");
    proof.add_chain_der(chain);
    proof.set_ticket("no ticket");
    return frame;
  }
};

// ---- questions

TEST_F(RoomBoundsTest, OfOneMembersQuestionsSomeAreReadAtATime) {
  Hand(cem, {cem.Says("one")});
  Commit();
  host.frames.clear();
  for (int i = 0; i < 2 * kAtOnce; ++i) Ask(bob, 1, 1);
  Ask(cem, 1, 1);
  Commit();
  EXPECT_EQ(AnswersTo(bob), static_cast<size_t>(kAtOnce));
  EXPECT_EQ(AnswersTo(cem), 1u) << "others have their own";
  Ask(bob, 1, 1);
  Commit();
  EXPECT_EQ(AnswersTo(bob), static_cast<size_t>(kAtOnce) + 1);
}

TEST_F(RoomBoundsTest, QuestionsAreAnsweredAtAPace) {
  Hand(cem, {cem.Says("one")});
  Commit();
  host.frames.clear();
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      Ask(bob, 1, 1);
      Commit();
    }
  };
  ask(1'000);
  const size_t at_once = AnswersTo(bob);
  EXPECT_LT(at_once, 300u);
  Wait(absl::Seconds(1));
  ask(1'000);
  EXPECT_GT(AnswersTo(bob), at_once);
  EXPECT_LT(AnswersTo(bob), at_once + 30);
  EXPECT_THAT(host.closed, IsEmpty()) << "it may want what it lost";
}

TEST_F(RoomBoundsTest, WhoAsksForThePastAgainAndAgainIsAnsweredAsRarely) {
  peer::v1::Frame hello;
  hello.mutable_room_hello()->set_room(kRoomId);
  hello.mutable_room_hello()->set_ticket(FakeRoomHost::TicketOf("bob"));
  hello.mutable_room_hello()->set_full(true);
  for (int i = 0; i < 100; ++i) Say(bob, hello);
  Commit();
  size_t synced = 0;
  for (const peer::v1::Frame& frame : FramesTo(bob)) synced += frame.has_room_synced() ? 1 : 0;
  EXPECT_EQ(synced, static_cast<size_t>(kAtOnce));
}

TEST_F(RoomBoundsTest, WhoSaysGoodbyeInBetweenIsAnsweredAsRarely) {
  peer::v1::Frame goodbye;
  goodbye.mutable_room_goodbye()->set_room(kRoomId);
  peer::v1::Frame hello = Hello(FakeRoomHost::TicketOf("bob"));
  hello.mutable_room_hello()->set_full(true);
  for (int i = 0; i < 30; ++i) {
    Say(bob, goodbye);
    Say(bob, hello);
  }
  Commit();
  size_t synced = 0;
  for (const peer::v1::Frame& frame : FramesTo(bob)) synced += frame.has_room_synced() ? 1 : 0;
  EXPECT_EQ(synced, static_cast<size_t>(kAtOnce));
}

TEST_F(RoomBoundsTest, WhoComesAndGoesWithoutEndIsLetGo) {
  peer::v1::Frame goodbye;
  goodbye.mutable_room_goodbye()->set_room(kRoomId);
  for (int i = 0; i < 500; ++i) {
    Say(bob, goodbye);
    Say(bob, Hello(FakeRoomHost::TicketOf("bob")));
  }
  EXPECT_EQ(host.closed["bob"].code(), absl::StatusCode::kResourceExhausted);
  const auto joined = [](const RoomEvent& event) { return event.change == "joined" && event.user == "bob"; };
  EXPECT_LT(Told<RoomEvent>(joined), 70u);
  Wait(absl::Minutes(1));
  host.closed.clear();
  Say(bob, Hello(FakeRoomHost::TicketOf("bob")));
  EXPECT_TRUE(room.IsMember("bob")) << "later it may come again";
}

TEST_F(RoomBoundsTest, AnAnswerHasSoManyBytes) {
  constexpr size_t kEach = 8'000;
  for (int i = 0; i < 100; ++i) Hand(cem, {cem.Says(std::string(kEach, 'm'))});
  Commit();
  host.frames.clear();
  Ask(bob, 1, 100);
  Commit();
  size_t bytes = 0;
  for (const peer::v1::Frame& frame : FramesTo(bob)) {
    bytes += frame.has_room_messages() ? frame.ByteSizeLong() : 0;
  }
  EXPECT_GT(bytes, 240'000u);
  EXPECT_LT(bytes, 300'000u);
}

// ---- judgements

TEST_F(RoomBoundsTest, WhoShowsProofsThatProveNothingWithoutEndIsLetGo) {
  for (int i = 0; i < 2'000; ++i) Say(bob, WithProof(absl::StrCat("nobody ", i)));
  EXPECT_THAT(host.closed, IsEmpty());
  for (int i = 0; i < 2'000; ++i) Say(bob, WithProof(absl::StrCat("nobody ", i)));
  EXPECT_EQ(host.closed["bob"].code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(host.closed.contains("cem"));
}

TEST_F(RoomBoundsTest, WhatIsProvedAlreadyIsNotJudgedAgain) {
  peer::v1::Frame frame = WithProof("cem");
  frame.mutable_room_messages()->mutable_proofs(0)->set_device(cem.device());
  frame.mutable_room_messages()->mutable_proofs(0)->set_ticket(FakeRoomHost::TicketOf("cem"));
  for (int i = 0; i < 5'000; ++i) Say(bob, frame);
  EXPECT_THAT(host.closed, IsEmpty());
}

TEST_F(RoomBoundsTest, TheSameMessageVeryOftenInOneFrameIsTooMuch) {
  const peer::v1::SignedMessage one = cem.Says("one");
  Hand(bob, std::vector<peer::v1::SignedMessage>(10'000, one));
  EXPECT_EQ(host.closed["bob"].code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Shown(), ElementsAre("cem: one (signature)"));
}

TEST_F(RoomBoundsTest, WhoHandsOverNothingButWhatIsRefusedIsLetGoInTheEnd) {
  TestAuthor eve("eve");  // whom nobody proves
  for (int i = 0; i < 4'000 && !host.closed.contains("bob"); ++i) Hand(bob, {eve.Says("hi")});
  EXPECT_EQ(host.closed["bob"].code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Shown(), IsEmpty());
}

TEST_F(RoomBoundsTest, WhoShowsItsTicketWithoutEndIsLetGo) {
  peer::v1::Frame hello;
  hello.mutable_room_hello()->set_room(kRoomId);
  hello.mutable_room_hello()->set_ticket(FakeRoomHost::TicketOf("bob"));
  for (int i = 0; i < 4'000; ++i) Say(bob, hello);
  EXPECT_EQ(host.closed["bob"].code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(RoomBoundsTest, WhoIsNoMemberIsJudgedAndToldOfNoMoreOften) {
  TestAuthor eve("eve");
  host.Link(eve, Role::kSpeaker);  // for another reason: a chat
  for (int i = 0; i < 1'000; ++i) Say(eve, Hello("no ticket"));
  EXPECT_EQ(host.closed["eve"].code(), absl::StatusCode::kResourceExhausted);
  EXPECT_LE(Told<WarningEvent>([](const WarningEvent& event) { return event.code == "ticket_refused"; }),
            10u);
}

TEST_F(RoomBoundsTest, WhoTypesWithoutEndIsShownNowAndThen) {
  peer::v1::Frame typing;
  typing.mutable_room_typing()->set_room(kRoomId);
  for (int i = 0; i < 1'000; ++i) Say(bob, typing);
  EXPECT_EQ(Told<TypingEvent>([](const TypingEvent&) { return true; }), 50u);
  EXPECT_THAT(host.closed, IsEmpty());
}

TEST(MemberConductsTest, AreRememberedOfSoMany) {
  MemberConducts conducts;
  const auto name = [](size_t i) { return absl::StrCat("user ", i); };
  for (size_t i = 0; i < MemberConducts::kMax; ++i) {
    EXPECT_TRUE(conducts.Of(name(i), kStart).MayBeJudged(kStart, i == 7 ? 3'000 : 1));
  }
  const absl::Time later = kStart + absl::Seconds(20);
  (void)conducts.Of("one more", later);
  EXPECT_EQ(conducts.Find(name(0)), nullptr) << "it may do again what it likes";
  ASSERT_NE(conducts.Find(name(7)), nullptr);
  EXPECT_FALSE(conducts.Of(name(7), later).MayBeJudged(later, 3'000));
}

// ---- the past

class PastBoundsTest : public RoomMachineTest {
 protected:
  PastBoundsTest() : RoomMachineTest(Outside{}) {
    Enter({&bob, &cem}, 3);
    Link(bob, Role::kSpeaker);  // and is asked
    Link(cem, Role::kSpeaker);
  }
};

TEST_F(PastBoundsTest, WhatNobodyAskedForIsNotTakenAsThePast) {
  Hand(cem, {bob.Says("not asked")}, /*past=*/true);
  EXPECT_THAT(Shown(), IsEmpty());
  Hand(bob, {cem.Says("long ago")}, /*past=*/true);
  EXPECT_EQ(Shown().size(), 1u);
  peer::v1::Frame synced;
  synced.mutable_room_synced()->set_room(kRoomId);
  Say(bob, synced);
  Hand(bob, {cem.Says("later")}, /*past=*/true);
  EXPECT_EQ(Shown().size(), 1u);
}

TEST_F(PastBoundsTest, AnAnswerOfThePastHasAHundredMessages) {
  for (size_t i = 0; i < 3; ++i) {
    std::vector<peer::v1::SignedMessage> frame;
    for (size_t j = 0; j < 50; ++j) frame.push_back(cem.Says("long ago"));
    Hand(bob, frame, /*past=*/true);
  }
  EXPECT_EQ(Shown().size(), kNewcomerMessages);
}

// ---- what is missing

TEST_F(RoomBoundsTest, WhoSaysThatVeryMuchIsOwedIsNotHeardOfMoreThanWasAskedFor) {
  cem.said = 100'000;
  Hand(cem, {cem.Says("the last")});
  peer::v1::Frame hello = Hello(FakeRoomHost::TicketOf("cem"));
  hello.mutable_room_hello()->set_epoch(cem.epoch);
  hello.mutable_room_hello()->set_owed_from(1);
  Say(cem, hello);
  cem.said = 0;
  Wait(absl::Seconds(1));  // bob is asked first
  for (int i = 0; i < 500; ++i) Hand(bob, {cem.Says("old")}, /*past=*/true);
  EXPECT_EQ(Shown().size(), 1 + kNewcomerMessages);
}

TEST_F(RoomBoundsTest, OfAnAuthorWhoseLinkTakesNothingSoManyStartsAreRemembered) {
  host.full.insert("cem");
  for (cem.epoch = 100; cem.epoch < 300; ++cem.epoch) {
    cem.said = 0;
    cem.last_hash.clear();
    Hand(cem, {cem.Says("hello")});
    Commit();
  }
  host.full.clear();
  room.OnWritable("cem", now);
  host.EndTurn(now);
  EXPECT_LE(Acknowledged(cem).size(), 64u);
}

TEST_F(RoomBoundsTest, WhatNobodyHasIsNotAskedForForEver) {
  Hand(cem, {cem.Says("lost")});
  FailCommit();
  const auto asked = [&] {
    size_t wants = 0;
    for (const auto& [user, frame] : host.frames) wants += frame.has_room_want() ? 1 : 0;
    return wants;
  };
  for (int i = 0; i < 200; ++i) Wait(absl::Minutes(5));
  EXPECT_EQ(asked(), 20u);
  Hand(cem, {cem.Says("next")});
  Commit();
  EXPECT_THAT(Acknowledged(cem), IsEmpty()) << "a mark still ends before it";
}

TEST_F(RoomBoundsTest, OfMuchThatIsMissingAsMuchIsAskedForAsIsAnswered) {
  for (cem.epoch = 1; cem.epoch <= 20; ++cem.epoch) {
    cem.said = 0;
    cem.last_hash.clear();
    Hand(cem, {cem.Says("lost")});
  }
  FailCommit();
  host.frames.clear();
  std::set<uint64_t> epochs;
  for (int i = 0; i < 3; ++i) {
    host.frames.clear();
    Wait(absl::Seconds(60));
    size_t wants = 0;
    for (const auto& [user, frame] : host.frames) {
      if (!frame.has_room_want()) continue;
      ++wants;
      epochs.insert(frame.room_want().epoch());
    }
    EXPECT_EQ(wants, static_cast<size_t>(kAtOnce));
  }
  EXPECT_EQ(epochs.size(), 20u) << "in turns";
}

}  // namespace
}  // namespace parlor::client
