#include "services/rooms/rooms_hub.h"

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/crypto/jwt.h"
#include "base/retry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/rooms/rooms_world.h"

namespace parlor::rooms {
namespace {

using testing::ChangeOf;
using testing::FakeStream;
using ::testing::HasSubstr;
using testing::RoomsWorld;
using StreamPtr = std::shared_ptr<FakeStream>;

std::vector<v1::EnterRoomResponse> Frames(const StreamPtr& stream) {
  return stream->TakeFrames();
}

double Gauge(RoomsWorld& world, const std::string& name) {
  for (const auto& family : world.registry.Collect()) {
    if (family.name == name) return family.metric.at(0).gauge.value;
  }
  return -1;
}

double Joins(RoomsWorld& world, const std::string& result) {
  for (const auto& family : world.registry.Collect()) {
    if (family.name != "parlor_rooms_joins_total") continue;
    for (const auto& metric : family.metric) {
      if (metric.label.at(0).value == result) return metric.counter.value;
    }
  }
  return 0;
}

TEST(RoomsHub, EnteringGivesTicketSampleAndIntroductions) {
  RoomsWorld world;
  const v1::Room room = world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  EXPECT_EQ(olga->entered().role(), v1::ROLE_MODERATOR);
  EXPECT_EQ(olga->entered().sample_size(), 0) << "never the caller";
  EXPECT_EQ(olga->entered().room().members(), 1u);
  EXPECT_EQ(olga->entered().heartbeat_ms(), 5000);
  EXPECT_EQ(olga->entered().server_time_ms(), absl::ToUnixMillis(world.clock.Now()));

  const auto bob = world.Enter("bob", "DEN");
  EXPECT_EQ(bob->entered().role(), v1::ROLE_SPEAKER);
  ASSERT_EQ(bob->entered().sample_size(), 1);
  EXPECT_EQ(bob->entered().sample(0).user(), "olga");
  EXPECT_EQ(bob->entered().sample(0).device(), "olga-phone");
  ASSERT_EQ(bob->entered().introductions_size(), 1);
  EXPECT_EQ(bob->entered().introductions(0).user(), "olga");
  const auto introduction = world.Verify(bob->entered().introductions(0).token(), kIntroductionType);
  ASSERT_TRUE(introduction.ok()) << introduction.status();
  EXPECT_EQ((*introduction)["tgt"], "olga");
  EXPECT_EQ((*introduction)["sub"], "bob");
  const auto ticket = world.Verify(bob->entered().ticket(), kTicketType);
  ASSERT_TRUE(ticket.ok()) << ticket.status();
  EXPECT_EQ((*ticket)["room"], room.id());
  EXPECT_EQ((*ticket)["role"], "speaker");
  EXPECT_EQ(bob->entered().ticket_expires_ms(), (*ticket)["exp"].get<int64_t>() * 1000);

  EXPECT_EQ(ChangeOf(Frames(olga), "bob"), v1::MemberChange::KIND_JOINED);
  EXPECT_EQ(Gauge(world, "parlor_rooms_active"), 1);
  EXPECT_EQ(Gauge(world, "parlor_rooms_members"), 2);
  world.pool.Shutdown();  // joins are counted after their greeting
  EXPECT_EQ(Joins(world, "ok"), 2);
}

TEST(RoomsHub, TheSampleIsAtMost32AndRandom) {
  RoomsWorld world;
  world.Create("olga", "den");
  std::vector<StreamPtr> members;
  for (int i = 0; i < 60; ++i) members.push_back(world.Enter(absl::StrCat("user", i), "den"));
  const auto sampled = [&](const std::string& user) {
    const StreamPtr stream = world.Enter(user, "den");
    std::set<std::string> users;
    for (const v1::Member& member : stream->entered().sample()) users.insert(member.user());
    EXPECT_EQ(users.size(), 32u) << "all different";
    EXPECT_EQ(users.count(user), 0u);
    members.push_back(stream);
    return users;
  };
  EXPECT_NE(sampled("mary"), sampled("nora"));
}

TEST(RoomsHub, AThousandFitAndTheNextIsToldThatTheRoomIsFull) {
  RoomsWorld world;
  world.Create("olga", "den");
  std::vector<StreamPtr> members;
  for (int i = 0; i < 1'000; ++i) members.push_back(world.Enter(absl::StrCat("user", i), "den"));
  const absl::Status full = world.StartEnter("olga", "den")->Outcome();
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(full.message()), HasSubstr("full"));
  EXPECT_EQ(Joins(world, "resource_exhausted"), 1);
  members.front()->Break();
  EXPECT_EQ(world.StartEnter("olga", "den")->Outcome().code(), absl::StatusCode::kResourceExhausted)
      << "a place is kept for who reconnects";
  world.hub->Leave(members.back()->session());
  EXPECT_TRUE(world.StartEnter("olga", "den")->Outcome().ok());
}

TEST(RoomsHub, SixteenRaceForOneLastPlaceAndOneWins) {
  RoomsWorld world;
  world.Create("olga", "den", v1::ACCESS_OPEN, false, "", 2);
  const auto olga = world.Enter("olga", "den");
  std::vector<StreamPtr> racers;
  for (int i = 0; i < 16; ++i) racers.push_back(world.StartEnter(absl::StrCat("racer", i), "den"));
  int won = 0;
  int full = 0;
  for (const StreamPtr& racer : racers) {
    const absl::Status outcome = racer->Outcome();
    won += outcome.ok() ? 1 : 0;
    full += absl::IsResourceExhausted(outcome) ? 1 : 0;
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(full, 15);
  EXPECT_FALSE(olga->ended());
}

TEST(RoomsHub, RoomsByInvitationArePasswordRoomsOrMissing) {
  RoomsWorld world;
  world.Create("olga", "secret", v1::ACCESS_INVITE);
  world.Create("olga", "vault", v1::ACCESS_PASSWORD, false, "sesame");
  EXPECT_EQ(world.StartEnter("bob", "secret")->Outcome().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(world.StartEnter("bob", "nowhere")->Outcome().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(world.StartEnter("bob", "vault")->Outcome().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(world.StartEnter("bob", "vault", "semase")->Outcome().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(world.StartEnter("bob", "")->Outcome().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(world.StartEnter("bob", "vault", "sesame")->Outcome().ok());
  ASSERT_TRUE(world.admin->Invite("olga", "secret", "bob").ok());
  ASSERT_TRUE(world.admin->Invite("olga", "vault", "ivan").ok());
  EXPECT_TRUE(world.StartEnter("bob", "secret")->Outcome().ok());
  EXPECT_TRUE(world.StartEnter("ivan", "vault")->Outcome().ok()) << "an invitation opens a password room";
}

TEST(RoomsHub, JoinsThatComeTooFastAreToldWhenToComeBack) {
  RoomLimits limits;
  limits.joins_per_minute = 3;
  RoomsWorld world(limits);
  world.Create("olga", "vault", v1::ACCESS_PASSWORD, false, "sesame");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(world.StartEnter("bob", "vault", "guess")->Outcome().code(),
              absl::StatusCode::kPermissionDenied);
  }
  const absl::Status fast = world.StartEnter("bob", "vault", "sesame")->Outcome();
  EXPECT_EQ(fast.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(RetryAfter(fast).has_value());
  EXPECT_TRUE(world.StartEnter("olga", "vault")->Outcome().ok()) << "others are not slowed down";
  world.clock.Advance(absl::Seconds(21));
  EXPECT_TRUE(world.StartEnter("bob", "vault", "sesame")->Outcome().ok());
}

TEST(RoomsHub, AnotherDeviceHasToTakeThePlaceOver) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  const auto phone = world.Enter("bob", "den");
  EXPECT_EQ(world.StartEnter("bob", "den", "", "bob-laptop")->Outcome().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_FALSE(phone->ended());
  const auto laptop = world.StartEnter("bob", "den", "", "bob-laptop", true);
  ASSERT_TRUE(laptop->Outcome().ok());
  EXPECT_EQ(phone->WaitForEnd().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(world.directory.Find(olga->entered().room().id(), "bob")->device, "bob-laptop");
  EXPECT_EQ(world.directory.Find(olga->entered().room().id(), "bob")->state, live::SeatState::kPresent)
      << "the old stream's end does not touch the new one";
}

TEST(RoomsHub, TheSameDeviceReplacesItsOlderStreamSilently) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  const auto first = world.Enter("bob", "den");
  Frames(olga);
  const auto second = world.Enter("bob", "den");
  EXPECT_EQ(first->WaitForEnd().code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(Frames(olga).empty());
  EXPECT_FALSE(second->ended());
}

TEST(RoomsHub, ALostStreamIsReconnectingForTwentySecondsAndThenGone) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  auto bob = world.Enter("bob", "den");
  Frames(olga);

  bob->Break();
  EXPECT_EQ(ChangeOf(Frames(olga), "bob"), v1::MemberChange::KIND_RECONNECTING);
  world.clock.Advance(absl::Seconds(19));
  world.hub->Tick(world.clock.Now());
  EXPECT_TRUE(Frames(olga).empty());
  bob = world.Enter("bob", "den");
  EXPECT_EQ(ChangeOf(Frames(olga), "bob"), v1::MemberChange::KIND_BACK);

  bob->Break();
  Frames(olga);
  world.clock.Advance(absl::Seconds(21));
  world.hub->Tick(world.clock.Now());
  EXPECT_EQ(ChangeOf(Frames(olga), "bob"), v1::MemberChange::KIND_LEFT);
  EXPECT_FALSE(olga->ended()) << "and nobody else";
  EXPECT_EQ(Gauge(world, "parlor_rooms_members"), 1);
}

TEST(RoomsHub, AGoodbyeIsLeftAtOnce) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  const auto bob = world.Enter("bob", "den");
  Frames(olga);
  world.hub->Leave(bob->session());
  EXPECT_EQ(ChangeOf(Frames(olga), "bob"), v1::MemberChange::KIND_LEFT);
}

TEST(RoomsHub, TicketsAreRenewedAboutEveryFiveMinutes) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  world.clock.Advance(absl::Minutes(3));
  world.hub->Tick(world.clock.Now());
  EXPECT_TRUE(Frames(olga).empty());
  for (int i = 0; i < 3; ++i) {
    world.clock.Advance(absl::Minutes(5));
    world.hub->Tick(world.clock.Now());
    world.hub->Tick(world.clock.Now());
    const auto frames = Frames(olga);
    ASSERT_EQ(frames.size(), 1u);
    const auto claims = world.Verify(frames[0].ticket().ticket(), kTicketType);
    ASSERT_TRUE(claims.ok()) << claims.status();
    EXPECT_EQ((*claims)["exp"].get<int64_t>(), absl::ToUnixSeconds(world.clock.Now()) + 600);
    EXPECT_EQ(frames[0].ticket().role(), v1::ROLE_MODERATOR);
  }
}

TEST(RoomsHub, TheDeadGetNoTickets) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  olga->Break();
  world.clock.Advance(absl::Minutes(6));
  world.hub->Tick(world.clock.Now());
  EXPECT_TRUE(Frames(olga).empty());
}

TEST(RoomsHub, IntroducesMembersToMembersOnly) {
  RoomsWorld world;
  world.Create("olga", "den");
  world.Create("olga", "attic");
  const auto olga = world.Enter("olga", "den");
  const auto bob = world.Enter("bob", "den");
  const auto eve = world.Enter("eve", "attic");
  const auto answer = world.hub->Introduce(bob->session(), "Olga");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ((*world.Verify(answer->introduction().token(), kIntroductionType))["tgt"], "olga");
  const auto elsewhere = world.hub->Introduce(eve->session(), "olga");
  ASSERT_TRUE(elsewhere.ok());
  EXPECT_FALSE(elsewhere->has_introduction()) << "eve and olga share no room";
  EXPECT_EQ(elsewhere->member().kind(), v1::MemberChange::KIND_LEFT);
  EXPECT_FALSE(world.hub->Introduce(bob->session(), "bob")->has_introduction());
  EXPECT_EQ(world.hub->Introduce("unknown", "olga").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(world.hub->Introduce(bob->session(), "").status().code(), absl::StatusCode::kInvalidArgument);
  world.hub->Leave(bob->session());
  EXPECT_FALSE(world.hub->Introduce(bob->session(), "olga").ok()) << "who left is nobody here";
}

// Over the stream: rooms_sequence_test.cc.
TEST(RoomsHub, WhoWasRemovedBeforeTheQuestionIsToldOfBeforeAnAnswerInSequence) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  const auto bob = world.Enter("bob", "den");
  Frames(olga);
  v1::MemberChange::Kind told = v1::MemberChange::KIND_UNSPECIFIED;
  v1::MemberChange::Kind answered = v1::MemberChange::KIND_UNSPECIFIED;
  std::thread kick;
  world.InSequence([&] {
    kick = std::thread([&] { EXPECT_TRUE(world.admin->Kick("olga", "den", "bob").ok()); });
    while (world.directory.Find(bob->entered().room().id(), "bob").has_value()) std::this_thread::yield();
    EXPECT_TRUE(olga->TakeFramesSoFar().empty()) << "told after this";
    world.hub->InSequence([&] {
      told = ChangeOf(olga->TakeFramesSoFar(), "bob");
      answered = world.hub->Introduce(olga->session(), "bob")->member().kind();
    });
    EXPECT_EQ(answered, v1::MemberChange::KIND_UNSPECIFIED);
  });
  kick.join();
  EXPECT_EQ(ChangeOf(Frames(olga), "bob"), v1::MemberChange::KIND_UNSPECIFIED)
      << "nothing else, and it is over";
  EXPECT_EQ(told, v1::MemberChange::KIND_KICKED);
  EXPECT_EQ(answered, v1::MemberChange::KIND_LEFT);
}

// Whoever enters a large room need not wait until everybody in it has been told.
TEST(RoomsHub, WhoEntersIsGreetedWhileTheOthersAreTold) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  for (int i = 0; i < 64; ++i) world.Enter(absl::StrCat("user", i), "den");
  Frames(olga);
  StreamPtr bob;
  absl::Notification asked;
  absl::Notification told;
  bool greeted = false;
  olga->HoldNext([&] {
    asked.WaitForNotification();
    greeted = bob->GreetedWithin(absl::Seconds(10));
    told.Notify();
  });
  bob = world.StartEnter("bob", "den");
  asked.Notify();
  told.WaitForNotification();
  EXPECT_TRUE(greeted);
}

TEST(RoomsHub, ListsMembersByNameInPages) {
  RoomsWorld world;
  world.Create("olga", "den");
  std::vector<StreamPtr> members;
  for (const char* user : {"olga", "bob", "ivan", "mona", "zoe"}) members.push_back(world.Enter(user, "den"));
  std::vector<std::string> users;
  v1::ListMembers request;
  request.set_page_size(2);
  do {
    const auto answer = world.hub->ListMembers(members[0]->session(), request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_LE(answer->members().members_size(), 2);
    for (const v1::Member& member : answer->members().members()) users.push_back(member.user());
    request.set_page_token(answer->members().next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(users, std::vector<std::string>({"bob", "ivan", "mona", "olga", "zoe"}));
  request.set_page_token("?");
  EXPECT_EQ(world.hub->ListMembers(members[0]->session(), request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(RoomsHub, GoodbyesAreSpread) {
  RoomsWorld world;
  world.Create("olga", "den");
  std::vector<StreamPtr> members;
  for (int i = 0; i < 10; ++i) members.push_back(world.Enter(absl::StrCat("user", i), "den"));
  for (const StreamPtr& member : members) Frames(member);
  world.hub->SayGoodbye();
  std::set<int64_t> delays;
  for (const StreamPtr& member : members) {
    EXPECT_EQ(member->WaitForEnd().code(), absl::StatusCode::kUnavailable);
    for (const auto& frame : Frames(member)) {
      if (!frame.has_goodbye()) continue;
      EXPECT_LE(frame.goodbye().retry_after_ms(), 5000);
      delays.insert(frame.goodbye().retry_after_ms());
    }
  }
  EXPECT_GT(delays.size(), 3u);
}

TEST(RoomsHub, AStreamThatEndsWhileItEntersLeavesNoSeatBehind) {
  RoomsWorld world;
  const v1::Room room = world.Create("olga", "den");
  const auto bob = world.StartEnter("bob", "den");
  bob->Break();
  world.pool.Shutdown();  // all that was under way has ended
  world.clock.Advance(absl::Seconds(21));
  world.hub->Tick(world.clock.Now());
  EXPECT_EQ(world.directory.Count(room.id()), 0u);
}

TEST(RoomsHub, AFullPoolRefusesInsteadOfQueueingForever) {
  RoomsWorld world;
  world.Create("olga", "den");
  world.pool.Shutdown();
  const absl::Status busy = world.StartEnter("bob", "den")->Outcome();
  EXPECT_EQ(busy.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(RetryAfter(busy).has_value());
}

}  // namespace
}  // namespace parlor::rooms
