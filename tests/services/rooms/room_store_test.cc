// One suite for every implementation of RoomStore.
#include "services/rooms/store/room_store.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/rooms/room_fields.h"
#include "services/rooms/store/postgres_room_store.h"
#include "services/rooms/store/sqlite_room_store.h"
#include "tests/services/common/postgres_server.h"

namespace parlor::rooms {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr size_t kManyOwned = 100'000;
constexpr size_t kManyStandings = 100'000;
const absl::Time kNow = absl::FromUnixMillis(1'800'000'000'123);

enum class Kind { kSqlite, kPostgres };

class RoomStoreTest : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kPostgres) {
      PARLOR_WITH_POSTGRES(server);
      uri_ = server.CreateDatabase();
    } else {
      directory_ = std::filesystem::temp_directory_path() / ("parlor-rooms-" + RandomId());
      std::filesystem::create_directory(directory_);
    }
    store_ = Open();
  }

  void TearDown() override {
    store_.reset();
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  // On the same database each time.
  std::unique_ptr<RoomStore> Open() {
    absl::StatusOr<std::unique_ptr<RoomStore>> store;
    if (GetParam() == Kind::kPostgres) {
      service::postgres::PoolOptions options;
      options.connect.uri = uri_;
      options.acquire_timeout = absl::Seconds(20);
      store = OpenPostgresRoomStore(options);
    } else {
      store = OpenSqliteRoomStore(directory_ / "rooms.db", {.full_sync = false});
    }
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  static Room MakeRoom(const std::string& name, const std::string& owner = "olga") {
    Room room;
    room.name = name;
    room.id = RandomId();
    room.topic = "";
    room.owner = owner;
    room.capacity = 32;
    room.created = kNow;
    return room;
  }

  Room Created(const std::string& name, const std::string& owner = "olga", Access access = Access::kOpen) {
    Room room = MakeRoom(name, owner);
    room.access = access;
    const absl::Status created = store_->Create(room, name, kManyOwned);
    EXPECT_TRUE(created.ok()) << created;
    return room;
  }

  std::vector<std::string> Names(const RoomQuery& query) {
    const auto rooms = store_->List(query);
    EXPECT_TRUE(rooms.ok()) << rooms.status();
    std::vector<std::string> names;
    for (const Room& room : *rooms) names.push_back(room.name);
    return names;
  }

  Standing StandingOf(const Room& room, const std::string& user) {
    const auto standing = store_->FindStanding(room.id, user);
    EXPECT_TRUE(standing.ok()) << standing.status();
    return *standing;
  }

  std::string uri_;
  std::filesystem::path directory_;
  std::unique_ptr<RoomStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, RoomStoreTest, ::testing::Values(Kind::kSqlite, Kind::kPostgres),
                         [](const auto& instance) {
                           return instance.param == Kind::kSqlite ? "Sqlite" : "Postgres";
                         });

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

TEST_P(RoomStoreTest, ListsByNameInPages) {
  for (const char* name : {"beta", "alpha", "zulu", "Ångström", "gamma", "a_b", "a-b"}) Created(name);
  EXPECT_THAT(Names({.viewer = "bob", .search = "", .after = "", .limit = 3}),
              ElementsAre("a-b", "a_b", "alpha"));
  EXPECT_THAT(Names({.viewer = "bob", .search = "", .after = "alpha", .limit = 100}),
              ElementsAre("beta", "gamma", "zulu", "Ångström"));
  EXPECT_THAT(Names({.viewer = "bob", .search = "", .after = "Ångström", .limit = 1}), IsEmpty());
}

TEST_P(RoomStoreTest, SearchesNamesAndTopicsLiterally) {
  Created("tea_time");
  Created("teaxtime");
  const Room topical = Created("other");
  ASSERT_TRUE(store_->SetTopic(topical.id, "100% TEA!").ok());
  const auto search = [this](const char* text) {
    return Names({.viewer = "bob", .search = FoldForSearch(text), .after = "", .limit = 10});
  };
  EXPECT_THAT(search("Tea"), ElementsAre("other", "tea_time", "teaxtime"));
  EXPECT_THAT(search("a_t"), ElementsAre("tea_time"));
  EXPECT_THAT(search("0%"), ElementsAre("other"));
  EXPECT_THAT(search("tea!"), ElementsAre("other"));
  EXPECT_THAT(search("%"), ElementsAre("other"));
  EXPECT_THAT(search("coffee"), IsEmpty());
}

TEST_P(RoomStoreTest, RoomsByInvitationAreListedForThoseWhoKnowThem) {
  const Room room = Created("secret", "olga", Access::kInvite);
  Created("vault", "olga", Access::kPassword);
  ASSERT_TRUE(store_->Invite(room.id, "ivan", kManyStandings).ok());
  ASSERT_TRUE(store_->SetRole(room.id, "mona", Role::kModerator, kManyStandings).ok());
  ASSERT_TRUE(store_->Ban(room.id, "bert", kNow, kManyStandings).ok());
  ASSERT_TRUE(store_->Kick(room.id, "karl", kNow, kNow).ok());
  for (const char* viewer : {"olga", "ivan", "mona", "bert"}) {
    EXPECT_THAT(Names({.viewer = viewer, .search = "", .after = "", .limit = 10}),
                ElementsAre("secret", "vault"))
        << viewer;
  }
  for (const char* viewer : {"nina", "karl", ""}) {
    EXPECT_THAT(Names({.viewer = viewer, .search = "", .after = "", .limit = 10}), ElementsAre("vault"))
        << viewer;
  }
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

TEST_P(RoomStoreTest, TenThousandRoomsArriveWhole) {
  constexpr int kRooms = 10'000;
  for (int i = 0; i < kRooms; ++i) Created(absl::StrFormat("room-%05d", i), absl::StrCat("owner", i % 500));
  std::vector<std::string> names;
  while (true) {
    const auto page =
        Names({.viewer = "bob", .search = "room", .after = names.empty() ? "" : names.back(), .limit = 1000});
    if (page.empty()) break;
    names.insert(names.end(), page.begin(), page.end());
  }
  ASSERT_EQ(names.size(), static_cast<size_t>(kRooms));
  for (int i = 0; i < kRooms; ++i) ASSERT_EQ(names[static_cast<size_t>(i)], absl::StrFormat("room-%05d", i));
}

TEST(PostgresRoomStore, GoesOnAfterTheServerWasKilled) {
  PARLOR_WITH_POSTGRES(server);
  service::postgres::PoolOptions options;
  options.connect.uri = server.CreateDatabase();
  auto store = OpenPostgresRoomStore(options);
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
