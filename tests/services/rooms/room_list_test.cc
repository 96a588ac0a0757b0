// One suite for every implementation of RoomStore: what lists are made of.
#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "services/rooms/room_fields.h"
#include "tests/services/rooms/room_store_fixture.h"

namespace parlor::rooms {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kManyOwned;
using testing::kManyStandings;
using testing::kNow;
using ::testing::SizeIs;

class RoomListTest : public testing::RoomStoreTest {
 protected:
  RoomChanges Changes(int64_t since, size_t limit = 100) {
    const auto changes = store_->ListChanges(since, limit);
    EXPECT_TRUE(changes.ok()) << changes.status();
    return *changes;
  }
  int64_t Newest() { return Changes(0, 1).newest; }
  // "<version>:<guest><+ or - for may see>", or "<version>:#<room>", without a name when it is gone.
  std::vector<std::string> News(int64_t since) {
    std::vector<std::string> news;
    for (const RoomChange& change : Changes(since).changes) {
      const std::string what = !change.guest.empty()     ? change.guest + (change.knows ? "+" : "-")
                               : change.room.has_value() ? "#" + change.room->room.name
                                                         : "#";
      news.push_back(absl::StrCat(change.version, ":", what));
    }
    return news;
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, RoomListTest, parlor::testing::EachDatabase(), parlor::testing::KindName);

TEST_P(RoomListTest, AnEmptyStoreHasNoChanges) {
  EXPECT_EQ(Newest(), 0);
  EXPECT_THAT(Changes(0).changes, IsEmpty());
  EXPECT_THAT(*store_->ListRooms("", 10), IsEmpty());
  EXPECT_THAT(*store_->ListGuests({}, 10), IsEmpty());
}

TEST_P(RoomListTest, AChangeShowsTheRoomAsListsDo) {
  Room room = MakeRoom("größe");
  room.topic = "Tea & Biscuits";
  room.access = Access::kPassword;
  room.password_hash = "$argon2id$…";
  room.stage = true;
  ASSERT_TRUE(store_->Create(room, "grosse", kManyOwned).ok());
  const RoomChanges changes = Changes(0);
  ASSERT_THAT(changes.changes, SizeIs(1));
  const RoomChange& change = changes.changes[0];
  EXPECT_EQ(change.room_id, room.id);
  EXPECT_EQ(change.guest, "");
  ASSERT_TRUE(change.room.has_value());
  EXPECT_EQ(change.room->search_text, FoldForSearch("größe\nTea & Biscuits"));
  const Room& listed = change.room->room;
  EXPECT_EQ(listed.id, room.id);
  EXPECT_EQ(listed.name, "größe");
  EXPECT_EQ(listed.topic, room.topic);
  EXPECT_EQ(listed.access, Access::kPassword);
  EXPECT_EQ(listed.password_hash, "") << "no list needs it";
  EXPECT_TRUE(listed.stage);
  EXPECT_EQ(listed.capacity, 32u);
  EXPECT_EQ(listed.owner, "olga");
  EXPECT_EQ(listed.created, kNow);
}

TEST_P(RoomListTest, EveryChangeOfTheListIsTold) {
  const Room den = Created("den");
  const Room secret = Created("secret", "olga", Access::kInvite);
  EXPECT_THAT(News(0), ElementsAre("1:#den", "2:#secret"));
  ASSERT_TRUE(store_->SetTopic(den.id, "tea").ok());
  ASSERT_TRUE(store_->Invite(secret.id, "ivan", kManyStandings).ok());
  ASSERT_TRUE(store_->SetRole(secret.id, "mona", Role::kSpeaker, kManyStandings).ok());
  ASSERT_TRUE(store_->Ban(secret.id, "bert", kNow, kManyStandings).ok());
  EXPECT_THAT(News(2), ElementsAre("3:#den", "4:ivan+", "5:mona+", "6:bert+"));
  ASSERT_TRUE(store_->Unban(secret.id, "bert").ok());
  ASSERT_TRUE(store_->Remove(den.id).ok());
  EXPECT_THAT(News(6), ElementsAre("7:bert-", "8:#"));
  EXPECT_THAT(News(5), ElementsAre("6:bert-", "7:bert-", "8:#")) << "as it is now";
  EXPECT_EQ(Newest(), 8);
}

TEST_P(RoomListTest, WhatListsDoNotShowIsNotTold) {
  const Room den = Created("den");
  const Room secret = Created("secret", "olga", Access::kInvite);
  ASSERT_TRUE(store_->Invite(den.id, "ivan", kManyStandings).ok());
  ASSERT_TRUE(store_->Ban(den.id, "bert", kNow, kManyStandings).ok());
  ASSERT_TRUE(store_->Invite(secret.id, "mona", kManyStandings).ok());
  ASSERT_TRUE(store_->Kick(secret.id, "mona", kNow, kNow).ok());
  ASSERT_TRUE(store_->Kick(secret.id, "karl", kNow, kNow).ok());
  ASSERT_FALSE(store_->Create(MakeRoom("den"), "den", kManyOwned).ok());
  ASSERT_FALSE(store_->SetTopic("gone", "x").ok());
  EXPECT_THAT(News(2), ElementsAre("3:mona+"));
}

TEST_P(RoomListTest, ComesInBatches) {
  for (int i = 0; i < 5; ++i) Created(absl::StrCat("room", i));
  EXPECT_THAT(Changes(0, 2).changes, SizeIs(2));
  EXPECT_EQ(Changes(0, 2).newest, 5);
  EXPECT_THAT(Changes(4, 2).changes, SizeIs(1));
  std::vector<std::string> names;
  std::string last;
  while (true) {
    const auto rooms = store_->ListRooms(last, 2);
    ASSERT_TRUE(rooms.ok()) << rooms.status();
    if (rooms->empty()) break;
    for (const ListedRoom& room : *rooms) names.push_back(room.room.name);
    last = rooms->back().room.id;
  }
  std::sort(names.begin(), names.end());
  EXPECT_THAT(names, ElementsAre("room0", "room1", "room2", "room3", "room4"));
}

TEST_P(RoomListTest, ListsTheGuestsOfRoomsByInvitation) {
  const Room open = Created("open");
  const Room secret = Created("secret", "olga", Access::kInvite);
  const Room cellar = Created("cellar", "olga", Access::kInvite);
  for (const Room& room : {open, secret, cellar}) {
    ASSERT_TRUE(store_->Invite(room.id, "ivan", kManyStandings).ok());
    ASSERT_TRUE(store_->SetRole(room.id, "mona", Role::kModerator, kManyStandings).ok());
    ASSERT_TRUE(store_->Ban(room.id, "bert", kNow, kManyStandings).ok());
    ASSERT_TRUE(store_->Kick(room.id, "karl", kNow, kNow).ok());
  }
  std::vector<std::string> found;
  Guest last;
  while (true) {
    const auto guests = store_->ListGuests(last, 2);
    ASSERT_TRUE(guests.ok()) << guests.status();
    if (guests->empty()) break;
    for (const Guest& guest : *guests) {
      found.push_back(absl::StrCat(guest.room_id == secret.id   ? "secret "
                                   : guest.room_id == cellar.id ? "cellar "
                                                                : "open ",
                                   guest.user));
    }
    last = guests->back();
  }
  std::sort(found.begin(), found.end());
  EXPECT_THAT(found, ElementsAre("cellar bert", "cellar ivan", "cellar mona", "secret bert", "secret ivan",
                                 "secret mona"));
}

// What one sees who reads while others write: no version is ever missing, so no change is.
TEST_P(RoomListTest, VersionsHaveNoGapsHoweverManyWrite) {
  constexpr int kWriters = 8;
  constexpr int kEach = 20;
  std::atomic<int> writing{kWriters};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = absl::StrCat("room-", w, "-", i);
        EXPECT_TRUE(store_->Create(MakeRoom(name, absl::StrCat("owner", w)), name, kManyOwned).ok());
      }
      --writing;
    });
  }
  int64_t seen = 0;
  while (seen < kWriters * kEach) {
    const bool last = writing == 0;
    for (const RoomChange& change : Changes(seen).changes) {
      ASSERT_EQ(change.version, seen + 1);
      seen = change.version;
    }
    if (last) break;
  }
  for (std::thread& writer : writers) writer.join();
  while (seen < Newest()) {
    for (const RoomChange& change : Changes(seen).changes) ASSERT_EQ(change.version, ++seen);
  }
  EXPECT_EQ(seen, kWriters * kEach);
}

}  // namespace
}  // namespace parlor::rooms
