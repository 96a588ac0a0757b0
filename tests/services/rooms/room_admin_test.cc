#include "services/rooms/room_admin.h"

#include <algorithm>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/crypto/jwt.h"
#include "base/retry.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/rooms/rooms_world.h"

namespace parlor::rooms {
namespace {

using testing::ChangeOf;
using testing::FakeStream;
using testing::RoomsWorld;
using StreamPtr = std::shared_ptr<FakeStream>;

// The room event in `frames`, verified; null if there is none.
nlohmann::json EventIn(const RoomsWorld& world, const std::vector<v1::EnterRoomResponse>& frames) {
  for (const v1::EnterRoomResponse& frame : frames) {
    if (!frame.has_event()) continue;
    const auto claims = world.Verify(frame.event().token(), kRoomEventType);
    EXPECT_TRUE(claims.ok()) << claims.status();
    return *claims;
  }
  return nullptr;
}

absl::StatusOr<v1::ListRoomsResponse> List(RoomsWorld& world, const std::string& viewer,
                                           const v1::ListRoomsRequest& request) {
  PARLOR_ASSIGN_OR_RETURN(const std::string page, world.admin->List(viewer, request));
  v1::ListRoomsResponse response;
  EXPECT_TRUE(response.ParseFromString(page));
  return response;
}

TEST(RoomAdmin, ChecksEveryFieldOfANewRoom) {
  RoomsWorld world;
  using Edit = std::function<void(v1::CreateRoomRequest&)>;
  const std::vector<std::pair<const char*, Edit>> mistakes = {
      {"no name", [](auto& request) { request.set_name(""); }},
      {"spaces", [](auto& request) { request.set_name("a room"); }},
      {"long name", [](auto& request) { request.set_name(std::string(10'000, 'a')); }},
      {"long topic", [](auto& request) { request.set_topic(std::string(201, 'a')); }},
      {"unknown access", [](auto& request) { request.set_access(static_cast<v1::Access>(9)); }},
      {"no password", [](auto& request) { request.set_access(v1::ACCESS_PASSWORD); }},
      {"password of an open room", [](auto& request) { request.set_password("x"); }},
      {"capacity", [](auto& request) { request.set_capacity(1'001); }},
  };
  for (const auto& [what, edit] : mistakes) {
    v1::CreateRoomRequest request;
    request.set_name("den");
    edit(request);
    EXPECT_EQ(world.admin->Create("olga", request).status().code(), absl::StatusCode::kInvalidArgument)
        << what;
  }
  v1::CreateRoomRequest request;
  request.set_name("Den");
  request.set_topic("  tea ");
  const auto room = world.admin->Create("olga", request);
  ASSERT_TRUE(room.ok()) << room.status();
  EXPECT_EQ(room->name(), "den");
  EXPECT_EQ(room->topic(), "tea");
  EXPECT_EQ(room->access(), v1::ACCESS_OPEN);
  EXPECT_EQ(room->capacity(), 1'000u);
  EXPECT_EQ(room->owner(), "olga");
  EXPECT_EQ(room->id().size(), 26u);
  EXPECT_EQ(world.admin->Create("bob", request).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST(RoomAdmin, ConfusableNamesAreTaken) {
  RoomsWorld world;
  world.Create("olga", "cope");
  v1::CreateRoomRequest request;
  request.set_name("соре");  // Cyrillic
  EXPECT_EQ(world.admin->Create("eve", request).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST(RoomAdmin, OwnersAndCreationsAreLimited) {
  RoomLimits limits;
  limits.max_owned = 2;
  limits.creations_per_hour = 4;
  RoomsWorld world(limits);
  const auto create = [&](const std::string& name) {
    v1::CreateRoomRequest request;
    request.set_name(name);
    return world.admin->Create("olga", request).status();
  };
  EXPECT_TRUE(create("one").ok());
  EXPECT_TRUE(create("two").ok());
  EXPECT_EQ(create("three").code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(world.admin->Close("olga", "one").ok());
  EXPECT_TRUE(create("three").ok()) << "a closed room makes room";
  ASSERT_TRUE(world.admin->Close("olga", "two").ok());
  const absl::Status fast = create("four");
  EXPECT_EQ(fast.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(RetryAfter(fast).has_value());
}

// What moderators do whose word does not reach the stream of whom it is about.
class RoomDoubts : public ::testing::Test {
 protected:
  void SetUp() override {
    room_ = world_.Create("olga", "den");
    olga_ = world_.Enter("olga", "den");
    bob_ = world_.Enter("bob", "den");
    for (const StreamPtr& stream : {olga_, bob_}) stream->TakeFrames();
  }
  void Judge(const StreamPtr& stream) {
    world_.hub->Doubt(stream->session());
    world_.hub->Tick(world_.clock.Now());
  }

  RoomsWorld world_;
  v1::Room room_;
  StreamPtr olga_, bob_;
};

TEST_F(RoomDoubts, WhoeverWasBannedGoesAndAllHearIt) {
  const absl::Time banned = world_.clock.Now();
  ASSERT_TRUE(world_.store->Ban(room_.id(), "bob", banned, 100).ok());
  world_.clock.Advance(absl::Minutes(5));
  Judge(bob_);
  const absl::Status end = bob_->WaitForEnd();
  EXPECT_EQ(end.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(end.message()), ::testing::HasSubstr("banned"));
  EXPECT_EQ(ChangeOf(bob_->TakeFrames(), "bob"), v1::MemberChange::KIND_BANNED);
  world_.pool.Shutdown();
  EXPECT_FALSE(world_.directory.Find(room_.id(), "bob").has_value());
  const nlohmann::json event = EventIn(world_, olga_->TakeFrames());
  EXPECT_EQ(event["sub"], "bob");
  EXPECT_EQ(event["iat"].get<int64_t>(), absl::ToUnixSeconds(banned) + 1) << "tickets of later are good";
}

TEST_F(RoomDoubts, AKickHoldsEvenIfItsTimeIsOver) {
  const absl::Time now = world_.clock.Now();
  ASSERT_TRUE(world_.store->Kick(room_.id(), "bob", now, now + absl::Seconds(60)).ok());
  world_.clock.Advance(absl::Minutes(5));
  Judge(bob_);
  EXPECT_EQ(bob_->WaitForEnd().code(), absl::StatusCode::kPermissionDenied);
  const auto again = world_.Enter("bob", "den");
  Judge(again);
  world_.pool.Shutdown();
  EXPECT_FALSE(again->ended()) << "the kick is older than this stream";
}

TEST_F(RoomDoubts, ARoleIsShownAsItIs) {
  ASSERT_TRUE(world_.store->SetRole(room_.id(), "bob", Role::kModerator, 100).ok());
  Judge(bob_);
  Judge(olga_);
  world_.pool.Shutdown();
  EXPECT_EQ(ChangeOf(olga_->TakeFrames(), "bob"), v1::MemberChange::KIND_ROLE);
  const auto frames = bob_->TakeFrames();
  EXPECT_TRUE(std::any_of(frames.begin(), frames.end(), [](const v1::EnterRoomResponse& frame) {
    return frame.has_ticket() && frame.ticket().role() == v1::ROLE_MODERATOR;
  }));
  EXPECT_FALSE(bob_->ended());
}

TEST_F(RoomDoubts, WhoIsAsTheyWereNoticesNothing) {
  Judge(bob_);
  world_.pool.Shutdown();
  EXPECT_TRUE(bob_->TakeFrames().empty());
  EXPECT_FALSE(bob_->ended());
}

TEST(RoomAdmin, ANewcomerCanChangeNothing) {
  RoomsWorld world;
  world.Create("olga", "stage", v1::ACCESS_OPEN, true);
  const auto olga = world.Enter("olga", "stage");
  const auto bob = world.Enter("bob", "stage");
  const auto eve = world.Enter("eve", "stage");
  for (const StreamPtr& stream : {olga, bob, eve}) stream->TakeFrames();
  const std::vector<std::pair<const char*, absl::Status>> tried = {
      {"topic", world.admin->SetTopic("eve", "stage", "mine")},
      {"invite", world.admin->Invite("eve", "stage", "mallory")},
      {"kick", world.admin->Kick("eve", "stage", "bob")},
      {"ban", world.admin->Ban("eve", "stage", "bob")},
      {"unban", world.admin->Unban("eve", "stage", "bob")},
      {"promote self", world.admin->SetRole("eve", "stage", "eve", Role::kModerator)},
      {"promote other", world.admin->SetRole("eve", "stage", "bob", Role::kSpeaker)},
      {"close", world.admin->Close("eve", "stage")},
  };
  for (const auto& [what, status] : tried) {
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << what;
  }
  for (const StreamPtr& stream : {olga, bob, eve}) {
    EXPECT_TRUE(stream->TakeFrames().empty());
    EXPECT_FALSE(stream->ended());
  }
}

TEST(RoomAdmin, AHiddenRoomIsMissingForEveryCall) {
  RoomsWorld world;
  world.Create("olga", "secret", v1::ACCESS_INVITE);
  const std::vector<absl::Status> tried = {
      world.admin->SetTopic("eve", "secret", "x"), world.admin->Kick("eve", "secret", "bob"),
      world.admin->Close("eve", "secret"), world.admin->RaiseHand("eve", "secret", true),
      world.admin->Ban("eve", "secret", "bob")};
  for (const absl::Status& status : tried) EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
}

TEST(RoomAdmin, AKickEndsTheStreamTellsAllAndKeepsOutForAMinute) {
  RoomsWorld world;
  const v1::Room room = world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  const auto mary = world.Enter("mary", "den");
  const auto bob = world.Enter("bob", "den");
  mary->TakeFrames();
  EXPECT_EQ(world.admin->Kick("olga", "den", "nobody").code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(world.admin->Kick("olga", "den", "Bob").ok());
  EXPECT_EQ(bob->WaitForEnd().code(), absl::StatusCode::kPermissionDenied);
  const auto frames = mary->TakeFrames();
  EXPECT_EQ(ChangeOf(frames, "bob"), v1::MemberChange::KIND_KICKED);
  EXPECT_EQ(frames.at(0).member().by(), "olga");
  const nlohmann::json event = EventIn(world, frames);
  EXPECT_EQ(event["act"], "kicked");
  EXPECT_EQ(event["sub"], "bob");
  EXPECT_EQ(event["room"], room.id());
  const auto before = world.Verify(bob->entered().ticket(), kTicketType);
  EXPECT_LT((*before)["iat"].get<int64_t>(), event["iat"].get<int64_t>()) << "the old ticket is void";

  world.clock.Advance(absl::Seconds(59));
  EXPECT_EQ(world.StartEnter("bob", "den")->Outcome().code(), absl::StatusCode::kPermissionDenied);
  world.clock.Advance(absl::Seconds(1));
  EXPECT_TRUE(world.StartEnter("bob", "den")->Outcome().ok());
  EXPECT_FALSE(mary->ended());
}

TEST(RoomAdmin, AnInvitationEndsAKickAtOnceWithATicketThatCounts) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  auto bob = world.Enter("bob", "den");
  ASSERT_TRUE(world.admin->Kick("olga", "den", "bob").ok());
  const nlohmann::json event = EventIn(world, olga->TakeFrames());
  ASSERT_TRUE(world.admin->Invite("olga", "den", "bob").ok());
  bob = world.Enter("bob", "den");
  EXPECT_GE((*world.Verify(bob->entered().ticket(), kTicketType))["iat"].get<int64_t>(),
            event["iat"].get<int64_t>());
}

TEST(RoomAdmin, ABanHoldsUntilItIsLifted) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  const auto bob = world.Enter("bob", "den");
  olga->TakeFrames();
  ASSERT_TRUE(world.admin->Ban("olga", "den", "bob").ok());
  EXPECT_EQ(bob->WaitForEnd().code(), absl::StatusCode::kPermissionDenied);
  const auto frames = olga->TakeFrames();
  EXPECT_EQ(ChangeOf(frames, "bob"), v1::MemberChange::KIND_BANNED);
  EXPECT_EQ(EventIn(world, frames)["act"], "banned");
  world.clock.Advance(absl::Hours(1000));
  EXPECT_EQ(world.StartEnter("bob", "den")->Outcome().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(world.admin->Invite("olga", "den", "bob").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(world.admin->SetRole("olga", "den", "bob", Role::kSpeaker).code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(world.admin->Unban("olga", "den", "bob").ok());
  EXPECT_TRUE(world.StartEnter("bob", "den")->Outcome().ok());
}

TEST(RoomAdmin, WhoWasBannedWhileAwayIsMadeKnownToo) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  const auto bob = world.Enter("bob", "den");
  world.hub->Leave(bob->session());
  olga->TakeFrames();
  ASSERT_TRUE(world.admin->Ban("olga", "den", "bob").ok());
  EXPECT_EQ(EventIn(world, olga->TakeFrames())["sub"], "bob") << "their ticket is still young";
}

TEST(RoomAdmin, BansAndEntriesThatRaceLeaveNobodyInside) {
  for (int round = 0; round < 20; ++round) {
    RoomsWorld world;
    const v1::Room room = world.Create("olga", "den");
    std::thread moderator([&] { EXPECT_TRUE(world.admin->Ban("olga", "den", "bob").ok()); });
    const auto bob = world.StartEnter("bob", "den");
    moderator.join();
    world.pool.Shutdown();
    EXPECT_EQ(bob->WaitForEnd().code(), absl::StatusCode::kPermissionDenied);
    EXPECT_FALSE(world.directory.Find(room.id(), "bob").has_value());
  }
}

TEST(RoomAdmin, OnAStageHandsAreRaisedAndRolesGiven) {
  RoomsWorld world;
  world.Create("olga", "stage", v1::ACCESS_OPEN, true);
  const auto olga = world.Enter("olga", "stage");
  const auto bob = world.Enter("bob", "stage");
  EXPECT_EQ(bob->entered().role(), v1::ROLE_LISTENER);
  EXPECT_EQ((*world.Verify(bob->entered().ticket(), kTicketType))["role"], "listener");
  olga->TakeFrames();

  ASSERT_TRUE(world.admin->RaiseHand("bob", "stage", true).ok());
  ASSERT_TRUE(world.admin->RaiseHand("bob", "stage", true).ok());
  auto frames = olga->TakeFrames();
  ASSERT_EQ(frames.size(), 1u) << "raising it twice is told once";
  EXPECT_EQ(frames[0].member().kind(), v1::MemberChange::KIND_HAND);
  EXPECT_TRUE(frames[0].member().member().hand_raised());
  bob->TakeFrames();

  ASSERT_TRUE(world.admin->SetRole("olga", "stage", "bob", Role::kSpeaker).ok());
  frames = olga->TakeFrames();
  EXPECT_EQ(ChangeOf(frames, "bob"), v1::MemberChange::KIND_ROLE);
  EXPECT_EQ(frames.at(0).member().by(), "olga");
  EXPECT_EQ(frames.at(0).member().member().role(), v1::ROLE_SPEAKER);
  EXPECT_FALSE(frames.at(0).member().member().hand_raised());
  bool renewed = false;
  for (const auto& frame : bob->TakeFrames()) {
    if (!frame.has_ticket()) continue;
    renewed = true;
    EXPECT_EQ(frame.ticket().role(), v1::ROLE_SPEAKER);
    EXPECT_EQ((*world.Verify(frame.ticket().ticket(), kTicketType))["role"], "speaker");
  }
  EXPECT_TRUE(renewed) << "a ticket with the new role comes at once";
  EXPECT_EQ(world.admin->RaiseHand("bob", "stage", true).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(world.admin->RaiseHand("eve", "stage", true).code(), absl::StatusCode::kFailedPrecondition)
      << "not in the room";
}

TEST(RoomAdmin, RolesAreKeptForTheNextVisit) {
  RoomsWorld world;
  world.Create("olga", "stage", v1::ACCESS_OPEN, true);
  ASSERT_TRUE(world.admin->SetRole("olga", "stage", "bob", Role::kModerator).ok());
  const auto bob = world.Enter("bob", "stage");
  EXPECT_EQ(bob->entered().role(), v1::ROLE_MODERATOR);
  EXPECT_TRUE(world.admin->SetTopic("bob", "stage", "mine too").ok());
  EXPECT_EQ(world.admin->Kick("bob", "stage", "olga").code(), absl::StatusCode::kPermissionDenied);
}

TEST(RoomAdmin, AKickTakesTheRole) {
  RoomsWorld world;
  world.Create("olga", "stage", v1::ACCESS_OPEN, true);
  ASSERT_TRUE(world.admin->SetRole("olga", "stage", "mona", Role::kModerator).ok());
  const auto mona = world.Enter("mona", "stage");
  ASSERT_TRUE(world.admin->Kick("olga", "stage", "mona").ok());
  EXPECT_EQ(world.admin->Invite("mona", "stage", "eve").code(), absl::StatusCode::kPermissionDenied);
  world.clock.Advance(absl::Seconds(60));
  EXPECT_EQ(world.Enter("mona", "stage")->entered().role(), v1::ROLE_LISTENER);
}

TEST(RoomAdmin, TopicsAreToldToMembers) {
  RoomsWorld world;
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  const auto bob = world.Enter("bob", "den");
  bob->TakeFrames();
  ASSERT_TRUE(world.admin->SetTopic("olga", "den", "tea").ok());
  const auto frames = bob->TakeFrames();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].room().room().topic(), "tea");
  EXPECT_EQ(frames[0].room().room().members(), 2u);
  EXPECT_FALSE(frames[0].room().closed());
}

TEST(RoomAdmin, AClosedRoomEndsItsStreamsAndFreesItsName) {
  RoomsWorld world;
  const v1::Room room = world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  const auto bob = world.Enter("bob", "den");
  bob->TakeFrames();
  ASSERT_TRUE(world.admin->SetRole("olga", "den", "bob", Role::kModerator).ok());
  EXPECT_EQ(world.admin->Close("bob", "den").code(), absl::StatusCode::kPermissionDenied);
  bob->TakeFrames();
  ASSERT_TRUE(world.admin->Close("olga", "den").ok());
  EXPECT_EQ(olga->WaitForEnd().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(bob->WaitForEnd().code(), absl::StatusCode::kAborted);
  const auto frames = bob->TakeFrames();
  ASSERT_FALSE(frames.empty());
  EXPECT_TRUE(frames[0].room().closed());
  EXPECT_EQ(world.directory.Count(room.id()), 0u);
  EXPECT_EQ(world.StartEnter("bob", "den")->Outcome().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(world.Create("bob", "den").id(), room.id());
}

TEST(RoomAdmin, ListsRoomsWithLiveCountsInPages) {
  RoomsWorld world;
  for (const char* name : {"attic", "den", "porch"}) world.Create("olga", name);
  world.Create("olga", "secret", v1::ACCESS_INVITE);
  const auto olga = world.Enter("olga", "den");
  const auto bob = world.Enter("bob", "den");
  v1::ListRoomsRequest request;
  request.set_page_size(2);
  auto page = List(world, "bob", request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->rooms_size(), 2);
  EXPECT_EQ(page->rooms(0).name(), "attic");
  EXPECT_EQ(page->rooms(0).members(), 0u) << "empty rooms stay and are listed";
  EXPECT_EQ(page->rooms(1).members(), 2u);
  request.set_page_token(page->next_page_token());
  page = List(world, "bob", request);
  ASSERT_EQ(page->rooms_size(), 1);
  EXPECT_EQ(page->rooms(0).name(), "porch");
  EXPECT_TRUE(page->next_page_token().empty());
  request.set_page_token("!");
  EXPECT_EQ(List(world, "bob", request).status().code(), absl::StatusCode::kInvalidArgument);
  request = {};
  request.set_page_size(1001);
  EXPECT_EQ(List(world, "bob", request).status().code(), absl::StatusCode::kInvalidArgument);
  request = {};
  request.set_query("PORC");
  EXPECT_EQ(List(world, "bob", request)->rooms_size(), 1);
}

TEST(RoomAdmin, WhatOneChangesIsListedAtOnce) {
  RoomsWorld world;
  const auto seen_by = [&world](const std::string& viewer, const std::string& query = "") {
    v1::ListRoomsRequest request;
    request.set_query(query);
    std::string names;
    const auto page = List(world, viewer, request);
    EXPECT_TRUE(page.ok()) << page.status();
    for (const v1::Room& room : page->rooms()) names += room.name() + " ";
    return names;
  };
  world.Create("olga", "den");
  world.Create("olga", "secret", v1::ACCESS_INVITE);
  EXPECT_EQ(seen_by("bob"), "den ");
  EXPECT_EQ(seen_by("olga"), "den secret ");
  ASSERT_TRUE(world.admin->SetTopic("olga", "den", "Tea").ok());
  EXPECT_EQ(seen_by("bob", "tea"), "den ");
  ASSERT_TRUE(world.admin->Invite("olga", "secret", "bob").ok());
  ASSERT_TRUE(world.admin->SetRole("olga", "secret", "mona", Role::kModerator).ok());
  ASSERT_TRUE(world.admin->Ban("olga", "secret", "bert").ok());
  for (const char* viewer : {"bob", "mona", "bert"}) EXPECT_EQ(seen_by(viewer), "den secret ") << viewer;
  ASSERT_TRUE(world.admin->Unban("mona", "secret", "bert").ok());
  EXPECT_EQ(seen_by("bert"), "den ");
  ASSERT_TRUE(world.admin->Close("olga", "secret").ok());
  EXPECT_EQ(seen_by("bob"), "den ");
}

TEST(RoomAdmin, AServerHoldsABoundedNumberOfRooms) {
  RoomLimits limits;
  limits.max_rooms = 2;
  RoomsWorld world(limits);
  world.Create("olga", "den");
  world.Create("bob", "attic");
  v1::CreateRoomRequest request;
  request.set_name("porch");
  request.set_access(v1::ACCESS_OPEN);
  EXPECT_EQ(world.admin->Create("mona", request).status().code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(world.admin->Close("bob", "attic").ok());
  EXPECT_TRUE(world.admin->Create("mona", request).ok());
}

TEST(RoomAdmin, ChangesAreLimited) {
  RoomLimits limits;
  limits.changes_per_minute = 2;
  RoomsWorld world(limits);
  world.Create("olga", "den");
  EXPECT_TRUE(world.admin->SetTopic("olga", "den", "1").ok());
  EXPECT_TRUE(world.admin->SetTopic("olga", "den", "2").ok());
  EXPECT_EQ(world.admin->SetTopic("olga", "den", "3").code(), absl::StatusCode::kResourceExhausted);
}

TEST(RoomAdmin, ARevokedDeviceLeavesItsRooms) {
  RoomsWorld world;
  const PrivateKey auth = PrivateKey::Generate();
  world.auth_keys.Set({{"auth", auth.public_key()}});
  world.Create("olga", "den");
  const auto olga = world.Enter("olga", "den");
  const auto bob = world.Enter("bob", "den");
  olga->TakeFrames();
  const nlohmann::json claims = {{"iss", testing::kServerId},
                                 {"ver", 1},
                                 {"iat", absl::ToUnixSeconds(world.clock.Now())},
                                 {"dev", {"bob-phone"}}};
  const absl::Status updated =
      world.revocations.Update(SignJwt(auth, "auth", kRevocationsType, claims), world.clock.Now());
  ASSERT_TRUE(updated.ok()) << updated;
  world.hub->EndRevoked();
  EXPECT_EQ(bob->WaitForEnd().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ChangeOf(olga->TakeFrames(), "bob"), v1::MemberChange::KIND_LEFT);
  EXPECT_FALSE(olga->ended());
  EXPECT_EQ(world.StartEnter("bob", "den")->Outcome().code(), absl::StatusCode::kUnauthenticated);
}

}  // namespace
}  // namespace parlor::rooms
