// People in a room, over whole cores: who is there, what was said, who has it, on virtual time.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/core/test_person.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RoomTest : public ::testing::Test {
 protected:
  void Enter(TestPerson& person, bool create = false) {
    person.StartCore();
    person.Do(create ? "create" : "join", {{"room", "tea"}}, "enter");
    ASSERT_TRUE(world.Until([&] { return person.SawRoom("entered", person.name); }));
  }
  void EnterAll() {
    Enter(ann, true);
    Enter(bob);
    Enter(cem);
    ASSERT_TRUE(world.Until([&] {
      return ann.SawRoom("linked", "bob") && ann.SawRoom("linked", "cem") && bob.SawRoom("linked", "cem") &&
             cem.SawRoom("linked", "bob");
    }));
  }
  void Say(TestPerson& person, const std::string& text) {
    person.Do("send", {{"target", "#tea"}, {"text", text}}, text);
  }

  TestWorld world;
  TestPerson ann{world, "ann", "10.0.0.1"};
  TestPerson bob{world, "bob", "10.0.0.2"};
  TestPerson cem{world, "cem", "10.0.0.3"};
};

TEST_F(RoomTest, WhatOneSaysAllHearAndTheSpeakerSeesWhoHasIt) {
  EnterAll();
  Say(ann, "welcome");
  ASSERT_TRUE(
      world.Until([&] { return ann.Delivered("welcome", "bob") && ann.Delivered("welcome", "cem"); }));
  EXPECT_THAT(bob.Texts("#tea"), ElementsAre("welcome"));
  EXPECT_THAT(cem.Texts("#tea"), ElementsAre("welcome"));
  EXPECT_EQ(bob.All<MessageEvent>()[0].proof, "link");
}

TEST_F(RoomTest, WhatWasSaidJustBeforeQuittingIsHeard) {
  EnterAll();
  Say(ann, "last words");
  ann.core->Stop("quit");
  ASSERT_TRUE(world.Until([&] { return ann.core->stopped(); }, absl::Seconds(3)));
  EXPECT_THAT(bob.Texts("#tea"), ElementsAre("last words"));
  EXPECT_THAT(cem.Texts("#tea"), ElementsAre("last words"));
  EXPECT_TRUE(bob.SawRoom("left", "ann"));
}

TEST_F(RoomTest, ARoomThatCannotBeEnteredInTimeIsAnErrorThatSaysWhy) {
  world.server.AnswerEntering(absl::UnavailableError("the database cannot be reached now"));
  ann.StartCore();
  ann.Do("create", {{"room", "tea"}}, "enter");
  ASSERT_FALSE(world.Until([&] { return ann.SawError("unavailable"); }, absl::Seconds(29)));
  ASSERT_TRUE(world.Until([&] { return ann.SawError("unavailable"); }, absl::Seconds(3)));
  const ErrorEvent error = ann.All<ErrorEvent>().back();
  EXPECT_THAT(error.message, ::testing::HasSubstr("the database cannot be reached now"));
  EXPECT_EQ(error.ref, "enter");
  // It is over: nobody enters a room minutes after being told that it failed, and who tries again may.
  world.server.AnswerEntering(absl::OkStatus());
  world.loop.RunFor(absl::Minutes(5));
  EXPECT_FALSE(ann.SawRoom("entered", "ann"));
  ann.Do("join", {{"room", "tea"}}, "again");
  EXPECT_TRUE(world.Until([&] { return ann.SawRoom("entered", "ann"); }));
}

TEST_F(RoomTest, WhoWasInARoomWaitsForItAsLongAsItTakes) {
  Enter(ann, true);
  ann.Kill();
  world.server.AnswerEntering(absl::UnavailableError("the database cannot be reached now"));
  ann.Forget();
  ann.StartCore();
  world.loop.RunFor(absl::Minutes(10));
  EXPECT_FALSE(ann.SawError("unavailable"));
  world.server.AnswerEntering(absl::OkStatus());
  EXPECT_TRUE(world.Until([&] { return ann.SawRoom("entered", "ann"); }, absl::Minutes(2)));
}

TEST_F(RoomTest, WhatANewcomerDoesNotGetIsNotCalledDelivered) {
  Enter(ann, true);
  for (int i = 1; i <= 150; ++i) Say(ann, "m" + std::to_string(i));
  ASSERT_TRUE(world.Until([&] { return !ann.Marks("m150").empty(); }));
  Enter(bob);
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("m150", "bob"); }));
  EXPECT_EQ(bob.Texts("#tea").size(), 100u);
  EXPECT_TRUE(ann.Delivered("m51", "bob"));
  EXPECT_FALSE(ann.Delivered("m50", "bob"));
  // Nor when marks are shown at the next link.
  world.internet.ResetAll();
  const auto linked = [&] {
    const std::vector<RoomEvent> events = ann.All<RoomEvent>();
    return std::count_if(events.begin(), events.end(),
                         [](const RoomEvent& event) { return event.change == "linked"; });
  };
  ASSERT_TRUE(world.Until([&] { return linked() == 2; }));
  world.loop.RunFor(absl::Seconds(10));
  EXPECT_FALSE(ann.Delivered("m50", "bob"));
}

TEST_F(RoomTest, WhoWasKickedIsNotSeenToLeaveByThoseWhoAreToldLater) {
  EnterAll();
  world.server.Kick("tea", "cem", absl::Seconds(1));
  ASSERT_TRUE(world.Until([&] { return cem.SawRoom("kicked", "cem"); }, absl::Milliseconds(500)));
  ASSERT_TRUE(world.Until([&] { return ann.SawRoom("kicked", "cem") && bob.SawRoom("kicked", "cem"); }));
  EXPECT_FALSE(ann.SawRoom("left", "cem"));
  EXPECT_FALSE(bob.SawRoom("left", "cem"));
}

// What a room still has to do when it steps aside, it does, and asks for nothing more.
TEST(TakenOverTest, WhileMessagesComeIn) {
  for (absl::Duration after; after < absl::Milliseconds(60); after += absl::Milliseconds(2)) {
    TestWorld world;
    TestPerson ann(world, "ann", "10.0.0.1");
    TestPerson bob(world, "bob", "10.0.0.2");
    ann.StartCore();
    ann.Do("create", {{"room", "tea"}});
    bob.StartCore();
    ASSERT_TRUE(world.Until([&] { return ann.SawRoom("entered", "ann"); }));
    bob.Do("join", {{"room", "tea"}});
    ASSERT_TRUE(world.Until([&] { return ann.SawRoom("linked", "bob") && bob.SawRoom("linked", "ann"); }));
    for (int i = 0; i < 30; ++i) {
      ann.Do("send", {{"target", "#tea"}, {"text", "hello"}});
      bob.Do("send", {{"target", "#tea"}, {"text", "hello"}});
      if (after == i * absl::Milliseconds(2)) world.server.TakeOver("bob");
      world.loop.RunFor(absl::Milliseconds(2));
    }
    ASSERT_TRUE(world.Until([&] { return bob.SawError("taken_over"); })) << after;
    world.loop.RunFor(absl::Minutes(5));
    EXPECT_TRUE(ann.SawRoom("left", "bob"));
  }
}

TEST_F(RoomTest, WhoIsAloneIsTold) {
  Enter(ann, true);
  Say(ann, "anybody?");
  ASSERT_TRUE(world.Until([&] { return !ann.Marks("anybody?").empty(); }));
  EXPECT_EQ(ann.All<DeliveryEvent>()[0].reason, "alone");
}

TEST_F(RoomTest, ANewcomerGetsTheLastHundredWithProof) {
  Enter(ann, true);
  Enter(bob);
  ASSERT_TRUE(world.Until([&] { return ann.SawRoom("linked", "bob"); }));
  for (int i = 0; i < 150; ++i) Say(i % 2 == 0 ? ann : bob, "m" + std::to_string(i));
  ASSERT_TRUE(world.Until([&] { return ann.Texts("#tea").size() == 75 && bob.Texts("#tea").size() == 75; }));
  bob.Kill();  // ann passes bob's words on
  ASSERT_TRUE(world.Until([&] { return ann.SawRoom("left", "bob") || ann.SawRoom("unlinked", "bob"); },
                          absl::Minutes(2)));
  Enter(cem);
  ASSERT_TRUE(world.Until([&] { return cem.Texts("#tea").size() >= 100; }));
  world.loop.RunFor(absl::Seconds(5));
  for (int i = 50; i < 150; ++i) EXPECT_TRUE(cem.Saw("#tea", "m" + std::to_string(i))) << i;
  for (const MessageEvent& message : cem.All<MessageEvent>()) {
    EXPECT_NE(message.proof, "unverified") << message.from << ": " << message.text;
  }
}

TEST_F(RoomTest, WhatWasMissedIsFilledInFromOthers) {
  EnterAll();
  world.internet.CutHost("10.0.0.3");
  Say(ann, "one");
  Say(bob, "two");
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("one", "bob") && bob.Delivered("two", "ann"); }));
  world.loop.RunFor(absl::Minutes(3));
  EXPECT_THAT(cem.Texts("#tea"), IsEmpty());
  world.internet.HealHost("10.0.0.3");
  ASSERT_TRUE(
      world.Until([&] { return cem.Saw("#tea", "one") && cem.Saw("#tea", "two"); }, absl::Minutes(3)));
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("one", "cem") && bob.Delivered("two", "cem"); },
                          absl::Minutes(3)));
  EXPECT_EQ(cem.Texts("#tea").size(), 2u);
}

TEST_F(RoomTest, AMessageOfSomebodyWhoIsGoneComesFromTheOthers) {
  EnterAll();
  world.internet.Cut("10.0.0.1", "10.0.0.3");  // cem does not hear ann
  Say(ann, "last words");
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("last words", "bob"); }));
  ann.Kill();
  ASSERT_TRUE(world.Until([&] { return cem.Saw("#tea", "last words"); }, absl::Minutes(3)));
  EXPECT_EQ(cem.All<MessageEvent>()[0].proof, "signature");
}

TEST_F(RoomTest, TheKickedIsOutOnEveryLinkAndStaysOut) {
  EnterAll();
  world.server.Kick("tea", "cem");
  ASSERT_TRUE(world.Until([&] { return ann.SawRoom("kicked", "cem") && bob.SawRoom("kicked", "cem"); }));
  ASSERT_TRUE(world.Until([&] { return cem.SawRoom("kicked", "cem"); }));
  Say(ann, "among us");
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("among us", "bob"); }));
  world.loop.RunFor(absl::Minutes(2));
  EXPECT_FALSE(cem.Saw("#tea", "among us"));
  cem.Do("join", {{"room", "tea"}}, "again");
  world.loop.RunFor(absl::Seconds(5));
  EXPECT_TRUE(cem.SawError("permission_denied"));
}

TEST_F(RoomTest, OnAStageListenersAreNotHeard) {
  ann.StartCore();
  ann.Do("create", {{"room", "tea"}, {"stage", "yes"}});
  ASSERT_TRUE(world.Until([&] { return ann.SawRoom("entered", "ann"); }));
  Enter(bob);
  ASSERT_TRUE(world.Until([&] { return ann.SawRoom("linked", "bob"); }));
  Say(bob, "me too!");
  EXPECT_TRUE(bob.SawError("failed_precondition"));
  world.server.SetRole("tea", "bob", rooms::v1::ROLE_SPEAKER);
  ASSERT_TRUE(world.Until([&] { return bob.SawRoom("role", "bob"); }));
  world.loop.RunFor(absl::Seconds(1));
  Say(bob, "thank you");
  ASSERT_TRUE(world.Until([&] { return ann.Saw("#tea", "thank you"); }));
}

TEST_F(RoomTest, TheServicesMayStopAndTheConversationGoesOn) {
  EnterAll();
  world.server.Stop();
  Say(ann, "still here");
  ASSERT_TRUE(world.Until([&] { return bob.Saw("#tea", "still here") && cem.Saw("#tea", "still here"); }));
  world.loop.RunFor(absl::Minutes(30));  // tickets have run out
  world.internet.ResetAll();
  Say(bob, "after half an hour");
  ASSERT_TRUE(world.Until(
      [&] { return ann.Saw("#tea", "after half an hour") && cem.Saw("#tea", "after half an hour"); },
      absl::Minutes(3)));
  EXPECT_FALSE(ann.SawRoom("left", "bob"));
  world.server.Start();
  ASSERT_TRUE(world.Until([&] { return world.server.IsOnline("cem"); }, absl::Minutes(2)));
  world.loop.RunFor(absl::Minutes(2));
  Say(cem, "all back");
  ASSERT_TRUE(world.Until([&] { return ann.Saw("#tea", "all back") && bob.Saw("#tea", "all back"); }));
  EXPECT_FALSE(ann.SawRoom("left", "bob"));
}

// Streams come back one after the other, and with them fresh tickets: who is back first waits for the others.
TEST_F(RoomTest, WhoIsBackFirstLetsNobodyGo) {
  EnterAll();
  world.server.Stop();
  world.loop.RunFor(absl::Minutes(30));
  world.server.KeepOut("bob");
  world.server.KeepOut("cem");
  world.server.Start();
  ASSERT_TRUE(world.Until([&] { return world.server.IsOnline("ann"); }, absl::Minutes(2)));
  world.internet.ResetAll();  // links are made anew, and tickets shown again
  world.loop.RunFor(absl::Seconds(3));
  Say(ann, "who is back?");
  ASSERT_TRUE(world.Until([&] { return bob.Saw("#tea", "who is back?") && cem.Saw("#tea", "who is back?"); },
                          absl::Seconds(10)));
  world.server.LetIn("bob");
  world.server.LetIn("cem");
  world.loop.RunFor(absl::Minutes(2));
  Say(bob, "I am");
  ASSERT_TRUE(world.Until([&] { return ann.Saw("#tea", "I am") && cem.Saw("#tea", "I am"); }));
  for (const TestPerson* person : {&ann, &bob, &cem}) {
    for (const RoomEvent& event : person->All<RoomEvent>()) EXPECT_NE(event.change, "left") << person->name;
    for (const WarningEvent& event : person->All<WarningEvent>()) EXPECT_NE(event.code, "ticket_refused");
  }
}

TEST_F(RoomTest, WithRoomsAloneAwayTheConversationGoesOn) {
  EnterAll();
  world.server.StopRooms();
  world.loop.RunFor(absl::Minutes(30));  // tickets have run out, and presence is there
  world.internet.ResetAll();
  Say(bob, "after half an hour");
  ASSERT_TRUE(world.Until(
      [&] { return ann.Saw("#tea", "after half an hour") && cem.Saw("#tea", "after half an hour"); },
      absl::Minutes(3)));
  world.server.StartRooms();
  world.loop.RunFor(absl::Minutes(3));
  Say(cem, "all back");
  ASSERT_TRUE(world.Until([&] { return ann.Saw("#tea", "all back") && bob.Saw("#tea", "all back"); }));
  for (const TestPerson* person : {&ann, &bob, &cem}) {
    for (const RoomEvent& event : person->All<RoomEvent>()) EXPECT_NE(event.change, "left") << person->name;
  }
}

TEST_F(RoomTest, ToJoinWhereOneIsNeedsNoServices) {
  Enter(ann, true);
  world.server.Stop();
  ASSERT_TRUE(world.Until([&] { return !ann.All<ServicesEvent>().back().up; }));
  ann.Do("join", {{"room", "tea"}}, "again");
  ASSERT_TRUE(world.Until([&] { return ann.All<DoneEvent>().back().command == "join"; }, absl::Seconds(1)));
  EXPECT_EQ(ann.All<DoneEvent>().back().ref, "again");
}

TEST_F(RoomTest, ServicesAwayForTwentyFiveHours) {
  EnterAll();
  world.server.Stop();
  world.loop.RunFor(absl::Hours(25));
  world.internet.ResetAll();
  Say(ann, "next day");
  ASSERT_TRUE(world.Until([&] { return bob.Saw("#tea", "next day") && cem.Saw("#tea", "next day"); },
                          absl::Minutes(5)));
  world.server.Start();
  ASSERT_TRUE(world.Until([&] { return world.server.IsOnline("cem"); }, absl::Minutes(2)));
  world.loop.RunFor(absl::Minutes(3));
  Say(bob, "fresh tickets");
  ASSERT_TRUE(
      world.Until([&] { return ann.Saw("#tea", "fresh tickets") && cem.Saw("#tea", "fresh tickets"); },
                  absl::Minutes(3)));
}

TEST_F(RoomTest, ARestartComesBackWithoutAWord) {
  EnterAll();
  bob.Kill();
  bob.events.clear();
  bob.StartCore();
  ASSERT_TRUE(world.Until([&] { return bob.SawRoom("entered", "bob"); }));
  Say(ann, "welcome back");
  ASSERT_TRUE(world.Until([&] { return bob.Saw("#tea", "welcome back"); }, absl::Minutes(2)));
}

TEST_F(RoomTest, LeavingIsSeenAtOnceAndNobodyElseIsTouched) {
  EnterAll();
  cem.Do("leave", {{"room", "tea"}});
  ASSERT_TRUE(world.Until([&] { return ann.SawRoom("left", "cem") && bob.SawRoom("left", "cem"); },
                          absl::Seconds(2)));
  Say(ann, "two of us");
  ASSERT_TRUE(world.Until([&] { return bob.Saw("#tea", "two of us"); }));
  EXPECT_FALSE(cem.Saw("#tea", "two of us"));
}

// 496 links: every budget, slot and mark at the size that a room may have.
TEST_F(RoomTest, ThirtyTwoAreAFullMeshAndOneMoreIsToldThatItIsFull) {
  std::vector<std::unique_ptr<TestPerson>> crowd;
  for (uint32_t i = 0; i < FakeServer::kCapacity; ++i) {
    const std::string name = absl::StrFormat("guest%02d", i);
    crowd.push_back(std::make_unique<TestPerson>(world, name, absl::StrCat("10.0.1.", i + 1)));
    crowd.back()->StartCore();
    crowd.back()->Do(i == 0 ? "create" : "join", {{"room", "tea"}}, "enter");
    // The first makes the room; the others come all at once.
    if (i > 0) continue;
    ASSERT_TRUE(world.Until([&] { return crowd[0]->SawRoom("entered", "guest00"); }));
  }
  const auto all = [&](const auto& holds) {
    return std::all_of(crowd.begin(), crowd.end(), [&](const auto& person) {
      return std::all_of(crowd.begin(), crowd.end(),
                         [&](const auto& other) { return person == other || holds(*person, *other); });
    });
  };
  const auto linked = [](const TestPerson& person, const TestPerson& other) {
    return person.SawRoom("linked", other.name);
  };
  for (int i = 0; i < 120 && !all(linked); ++i) world.loop.RunFor(absl::Seconds(1));
  ASSERT_TRUE(all(linked));

  for (const auto& person : crowd) Say(*person, "hello from " + person->name);
  const auto delivered = [](const TestPerson& person, const TestPerson& other) {
    return person.Delivered("hello from " + person.name, other.name);
  };
  for (int i = 0; i < 60 && !all(delivered); ++i) world.loop.RunFor(absl::Seconds(1));
  EXPECT_TRUE(all(delivered)) << "each by 31 others";
  for (const auto& person : crowd) EXPECT_EQ(person->Texts("#tea").size(), FakeServer::kCapacity - 1);

  ann.StartCore();
  ann.Do("join", {{"room", "tea"}}, "enter");
  ASSERT_TRUE(world.Until([&] { return ann.SawError("resource_exhausted"); }));
  EXPECT_THAT(ann.All<ErrorEvent>().back().message, ::testing::HasSubstr("full"));
  EXPECT_EQ(ann.All<ErrorEvent>().back().ref, "enter");
  world.loop.RunFor(absl::Seconds(10));
  EXPECT_FALSE(ann.SawRoom("entered", "ann"));
}

TEST_F(RoomTest, ADeadMemberInTheListNeverStopsOneWhoJoins) {
  Enter(ann, true);
  Enter(bob);
  ASSERT_TRUE(world.Until([&] { return ann.SawRoom("linked", "bob"); }));
  world.internet.CutHost("10.0.0.2");
  Enter(cem);
  ASSERT_TRUE(world.Until([&] { return cem.SawRoom("linked", "ann"); }));
  Say(cem, "hello ann");
  ASSERT_TRUE(world.Until([&] { return ann.Saw("#tea", "hello ann"); }));
  world.loop.RunFor(absl::Seconds(30));
  cem.Forget();
  cem.Do("who", {{"room", "tea"}});
  const std::vector<WhoEvent> answers = cem.All<WhoEvent>();
  ASSERT_EQ(answers.size(), 1u);
  for (const MemberInfo& member : answers[0].members) {
    EXPECT_FALSE(member.user == "bob" && member.state == "linked");
  }
}

}  // namespace
}  // namespace parlor::client
