// One suite for every implementation of RoomStore: rooms and standings. Lists: room_list_test.cc.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/services/rooms/room_store_fixture.h"

namespace parlor::rooms {
namespace {

using RoomStoreTest = testing::RoomStoreTest;
using testing::kManyOwned;
using testing::kManyStandings;
using testing::kNow;

INSTANTIATE_TEST_SUITE_P(Stores, RoomStoreTest, parlor::testing::EachDatabase(), parlor::testing::KindName);

TEST_P(RoomStoreTest, ARoomComesBackAsItWasCreated) {
  Room room = MakeRoom("größe");
  room.topic = "it's \"all\" about 100% size; --";
  room.access = Access::kPassword;
  room.password_hash = "$argon2id$…";
  room.stage = true;
  room.capacity = 7;
  ASSERT_TRUE(store_->Create(room, "grosse", kManyOwned).ok());
  const auto found = store_->Find("größe");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->id, room.id);
  EXPECT_EQ(found->topic, room.topic);
  EXPECT_EQ(found->access, Access::kPassword);
  EXPECT_EQ(found->password_hash, room.password_hash);
  EXPECT_TRUE(found->stage);
  EXPECT_EQ(found->capacity, 7u);
  EXPECT_EQ(found->owner, "olga");
  EXPECT_EQ(found->created, kNow);
  EXPECT_EQ(store_->Find("other").status().code(), absl::StatusCode::kNotFound);
}

TEST_P(RoomStoreTest, NamesAndWhatLooksLikeThemAreTakenOnce) {
  ASSERT_TRUE(store_->Create(MakeRoom("paypal"), "paypal", kManyOwned).ok());
  EXPECT_EQ(store_->Create(MakeRoom("paypal", "eve"), "other", kManyOwned).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(store_->Create(MakeRoom("раураl", "eve"), "paypal", kManyOwned).code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_P(RoomStoreTest, RacingCreationsOfOneNameGiveOneRoom) {
  std::atomic<int> created{0};
  std::atomic<int> taken{0};
  std::vector<std::thread> racers;
  for (int i = 0; i < 16; ++i) {
    racers.emplace_back([&, i] {
      const absl::Status status =
          store_->Create(MakeRoom("prize", absl::StrCat("racer", i)), "prize", kManyOwned);
      if (status.ok()) ++created;
      if (absl::IsAlreadyExists(status)) ++taken;
    });
  }
  for (std::thread& racer : racers) racer.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(taken, 15);
}

TEST_P(RoomStoreTest, RacingCreationsOfOneOwnerStopAtTheLimit) {
  std::atomic<int> created{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> racers;
  for (int i = 0; i < 16; ++i) {
    racers.emplace_back([&, i] {
      const std::string name = absl::StrCat("room", i);
      const absl::Status status = store_->Create(MakeRoom(name), name, 5);
      if (status.ok()) ++created;
      if (absl::IsResourceExhausted(status)) ++refused;
    });
  }
  for (std::thread& racer : racers) racer.join();
  EXPECT_EQ(created, 5);
  EXPECT_EQ(refused, 11);
  EXPECT_TRUE(store_->Create(MakeRoom("another", "bob"), "another", 5).ok()) << "limits are each one's own";
}

TEST_P(RoomStoreTest, AClosedRoomLeavesNothingAndFreesItsNameAndItsOwnersPlace) {
  const Room room = Created("den");
  ASSERT_TRUE(store_->Ban(room.id, "bob", kNow, kManyStandings).ok());
  ASSERT_TRUE(store_->Remove(room.id).ok());
  EXPECT_EQ(store_->Find("den").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->Remove(room.id).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(StandingOf(room, "bob"), Standing{});
  EXPECT_TRUE(store_->Create(MakeRoom("den"), "den", 1).ok());
}

TEST_P(RoomStoreTest, StandingsChangeAsTheHeaderSays) {
  const Room room = Created("den");
  EXPECT_EQ(StandingOf(room, "bob"), Standing{});

  ASSERT_TRUE(store_->SetRole(room.id, "bob", Role::kSpeaker, kManyStandings).ok());
  EXPECT_EQ(StandingOf(room, "bob").role, Role::kSpeaker);

  ASSERT_TRUE(store_->Kick(room.id, "bob", kNow, kNow + absl::Seconds(60)).ok());
  Standing kicked;
  kicked.invited = true;
  kicked.held_until = kNow + absl::Seconds(60);
  kicked.removed_at = kNow;
  EXPECT_EQ(StandingOf(room, "bob"), kicked) << "the role becomes an invitation";

  ASSERT_TRUE(store_->Invite(room.id, "bob", kManyStandings).ok());
  EXPECT_EQ(StandingOf(room, "bob").held_until, absl::InfinitePast());
  EXPECT_EQ(StandingOf(room, "bob").removed_at, kNow);

  const absl::Time later = kNow + absl::Seconds(5);
  ASSERT_TRUE(store_->Ban(room.id, "bob", later, kManyStandings).ok());
  Standing banned;
  banned.banned = true;
  banned.removed_at = later;
  EXPECT_EQ(StandingOf(room, "bob"), banned) << "without role and invitation";

  ASSERT_TRUE(store_->Unban(room.id, "bob").ok());
  EXPECT_FALSE(StandingOf(room, "bob").banned);
  EXPECT_EQ(StandingOf(room, "bob").removed_at, later);
  EXPECT_EQ(StandingOf(room, "mary"), Standing{}) << "nobody else was touched";
}

TEST_P(RoomStoreTest, AKickOfANewcomerIsNoInvitation) {
  const Room room = Created("den");
  ASSERT_TRUE(store_->Kick(room.id, "bob", kNow, kNow + absl::Seconds(60)).ok());
  EXPECT_FALSE(StandingOf(room, "bob").invited);
}

TEST_P(RoomStoreTest, EndedKicksAreForgottenAndNothingElseIs) {
  const Room room = Created("den");
  ASSERT_TRUE(store_->Kick(room.id, "old", kNow, kNow + absl::Seconds(60)).ok());
  ASSERT_TRUE(store_->Ban(room.id, "bad", kNow, kManyStandings).ok());
  ASSERT_TRUE(store_->Kick(room.id, "new", kNow + absl::Seconds(59), kNow + absl::Seconds(119)).ok());
  EXPECT_EQ(StandingOf(room, "old").removed_at, kNow);
  ASSERT_TRUE(store_->Kick(room.id, "newer", kNow + absl::Seconds(60), kNow + absl::Seconds(120)).ok());
  EXPECT_EQ(StandingOf(room, "old"), Standing{});
  EXPECT_TRUE(StandingOf(room, "bad").banned);
  EXPECT_NE(StandingOf(room, "new"), Standing{});
}

TEST_P(RoomStoreTest, StandingsAreBoundedButKicksAreNeverRefused) {
  const Room room = Created("den");
  ASSERT_TRUE(store_->Invite(room.id, "one", 2).ok());
  ASSERT_TRUE(store_->Ban(room.id, "two", kNow, 2).ok());
  EXPECT_EQ(store_->Invite(room.id, "three", 2).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(store_->SetRole(room.id, "three", Role::kSpeaker, 2).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(store_->Ban(room.id, "three", kNow, 2).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(StandingOf(room, "three"), Standing{});
  EXPECT_TRUE(store_->Ban(room.id, "one", kNow, 2).ok()) << "who has one already";
  EXPECT_TRUE(store_->Kick(room.id, "three", kNow, kNow + absl::Seconds(60)).ok());
  ASSERT_TRUE(store_->Unban(room.id, "two").ok());
  EXPECT_TRUE(store_->Invite(room.id, "four", 2).ok()) << "an unban makes room";
}

TEST_P(RoomStoreTest, ChangesOfAClosedRoomAreNotFound) {
  const std::vector<std::pair<const char*, std::function<absl::Status()>>> changes = {
      {"SetTopic", [&] { return store_->SetTopic("gone", "x"); }},
      {"SetRole", [&] { return store_->SetRole("gone", "bob", Role::kSpeaker, 10); }},
      {"Invite", [&] { return store_->Invite("gone", "bob", 10); }},
      {"Ban", [&] { return store_->Ban("gone", "bob", kNow, 10); }},
      {"Unban", [&] { return store_->Unban("gone", "bob"); }},
      {"Kick", [&] { return store_->Kick("gone", "bob", kNow, kNow); }},
  };
  for (const auto& [what, change] : changes) {
    EXPECT_EQ(change().code(), absl::StatusCode::kNotFound) << what;
  }
}

TEST_P(RoomStoreTest, EverythingSurvivesARestart) {
  const Room room = Created("den", "olga", Access::kInvite);
  ASSERT_TRUE(store_->SetTopic(room.id, "still here").ok());
  ASSERT_TRUE(store_->SetRole(room.id, "mona", Role::kModerator, kManyStandings).ok());
  ASSERT_TRUE(store_->Ban(room.id, "bert", kNow, kManyStandings).ok());
  ASSERT_TRUE(store_->Invite(room.id, "ivan", kManyStandings).ok());
  store_.reset();
  store_ = Open();
  EXPECT_EQ(store_->Find("den")->topic, "still here");
  EXPECT_EQ(StandingOf(room, "mona").role, Role::kModerator);
  EXPECT_TRUE(StandingOf(room, "bert").banned);
  EXPECT_TRUE(StandingOf(room, "ivan").invited);
}

TEST_P(RoomStoreTest, SeveralStoresMayOpenOneDatabaseAtOnce) {
  std::vector<std::thread> replicas;
  std::atomic<int> opened{0};
  for (int i = 0; i < 4; ++i) {
    replicas.emplace_back([&] {
      if (Open()->Find("den").status().code() == absl::StatusCode::kNotFound) ++opened;
    });
  }
  for (std::thread& replica : replicas) replica.join();
  EXPECT_EQ(opened, 4);
}

TEST(PostgresRoomStore, GoesOnAfterTheServerWasKilled) {
  PARLOR_WITH_POSTGRES(server);
  auto store = OpenRoomStore({.database = server.CreateDatabase()});
  ASSERT_TRUE(store.ok()) << store.status();
  Room room;
  room.name = room.id = "den";
  ASSERT_TRUE((*store)->Create(room, "den", 1).ok());
  ASSERT_TRUE(server.Kill().ok());
  EXPECT_EQ((*store)->Find("den").status().code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(server.Restart().ok());
  absl::Status found;
  for (int i = 0; i < 10; ++i) {
    found = (*store)->Find("den").status();
    if (found.ok()) break;
  }
  EXPECT_TRUE(found.ok()) << found;
}

}  // namespace
}  // namespace parlor::rooms
