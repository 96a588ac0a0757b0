// A rooms database of version 1, as the first program left it, opened by this one: nothing is lost, and the
// list shows what was there before lists had versions.
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "services/rooms/room_catalogue.h"
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

// The schema as it was released: a step that is changed since would still make new databases, and not open
// old ones.
constexpr absl::string_view kVersion1 = R"sql(
  CREATE TABLE rooms (
    id TEXT PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    skeleton TEXT COLLATE "C" NOT NULL UNIQUE,
    search_text TEXT COLLATE "C" NOT NULL,
    topic TEXT NOT NULL,
    access BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    stage BIGINT NOT NULL,
    capacity BIGINT NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    created_ms BIGINT NOT NULL
  );
  CREATE INDEX rooms_owner ON rooms (owner);
  CREATE TABLE standings (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_name TEXT COLLATE "C" NOT NULL,
    role BIGINT NOT NULL DEFAULT 0,
    banned BIGINT NOT NULL DEFAULT 0,
    invited BIGINT NOT NULL DEFAULT 0,
    held_until_ms BIGINT NOT NULL DEFAULT 0,
    removed_at_ms BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id, user_name)
  ) ROWS;
)sql";

constexpr absl::string_view kRows = R"sql(
  INSERT INTO rooms VALUES
    ('id-den', 'den', 'den', 'den
tea & biscuits', 'Tea & Biscuits', 1, '', 0, 32, 'olga', 1800000000123),
    ('id-vault', 'vault', 'vault', 'vault
', '', 3, '$argon2id$…', 0, 7, 'olga', 1800000000123),
    ('id-secret', 'größe', 'grosse', 'grösse
', '', 2, '', 1, 32, 'otto', 1800000000123);
  INSERT INTO standings VALUES
    ('id-den', 'mona', 3, 0, 0, 0, 0),
    ('id-den', 'bert', 0, 1, 0, 0, 1800000000123),
    ('id-secret', 'mona', 2, 0, 0, 0, 0),
    ('id-secret', 'bert', 0, 1, 0, 0, 1800000000123),
    ('id-secret', 'ivan', 0, 0, 1, 0, 0),
    ('id-secret', 'karl', 0, 0, 0, 1800000060123, 1800000000123);
)sql";

class RoomUpgradeTest : public testing::RoomStoreTest {
 protected:
  void SetUpOnDatabase() override {
    const bool sqlite = GetParam() == parlor::testing::DatabaseKind::kSqlite;
    const std::string step =
        sqlite ? absl::StrReplaceAll(
                     kVersion1, {{R"( COLLATE "C")", ""}, {"BIGINT", "INTEGER"}, {"ROWS", "WITHOUT ROWID"}})
               : absl::StrReplaceAll(kVersion1, {{"ROWS", ""}});
    const std::string version_1 = step + std::string(kRows);
    const auto old = service::OpenSql(Database(), {"rooms", {version_1}, {}});
    ASSERT_TRUE(old.ok()) << old.status();
  }

  static Room InRoom(const std::string& id) {
    Room room;
    room.id = id;
    return room;
  }
  static std::vector<std::string> SeenBy(const std::string& viewer, const RoomCatalogue& catalogue,
                                         const std::string& search = "") {
    std::vector<std::string> names;
    for (const ListingPtr& listing : catalogue.List({viewer, search, ""})) {
      names.push_back(listing->room.name);
    }
    return names;
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, RoomUpgradeTest, parlor::testing::EachDatabase(), parlor::testing::KindName);

TEST_P(RoomUpgradeTest, RoomsAreAsTheyWere) {
  store_ = Open();
  const auto den = store_->Find("den");
  ASSERT_TRUE(den.ok()) << den.status();
  EXPECT_EQ(den->id, "id-den");
  EXPECT_EQ(den->topic, "Tea & Biscuits");
  EXPECT_EQ(den->access, Access::kOpen);
  EXPECT_FALSE(den->stage);
  EXPECT_EQ(den->capacity, 32u);
  EXPECT_EQ(den->owner, "olga");
  EXPECT_EQ(den->created, kNow);
  const auto vault = store_->Find("vault");
  ASSERT_TRUE(vault.ok()) << vault.status();
  EXPECT_EQ(vault->access, Access::kPassword);
  EXPECT_EQ(vault->password_hash, "$argon2id$…");
  EXPECT_EQ(vault->capacity, 7u);
  const auto secret = store_->Find("größe");
  ASSERT_TRUE(secret.ok()) << secret.status();
  EXPECT_EQ(secret->access, Access::kInvite);
  EXPECT_TRUE(secret->stage);
  EXPECT_EQ(store_->Create(MakeRoom("groesse"), "grosse", kManyOwned).code(),
            absl::StatusCode::kAlreadyExists)
      << "what looks like an old name is taken";
  EXPECT_EQ(store_->Create(MakeRoom("third"), "third", 2).code(), absl::StatusCode::kResourceExhausted)
      << "old rooms count for their owner";
}

TEST_P(RoomUpgradeTest, RolesBansInvitationsAndHoldsStand) {
  store_ = Open();
  Standing banned;
  banned.banned = true;
  banned.removed_at = kNow;
  Standing invited;
  invited.invited = true;
  Standing kicked;
  kicked.held_until = kNow + absl::Seconds(60);
  kicked.removed_at = kNow;
  EXPECT_EQ(StandingOf(InRoom("id-den"), "mona").role, Role::kModerator);
  EXPECT_EQ(StandingOf(InRoom("id-den"), "bert"), banned);
  EXPECT_EQ(StandingOf(InRoom("id-secret"), "mona").role, Role::kSpeaker);
  EXPECT_EQ(StandingOf(InRoom("id-secret"), "bert"), banned);
  EXPECT_EQ(StandingOf(InRoom("id-secret"), "ivan"), invited);
  EXPECT_EQ(StandingOf(InRoom("id-secret"), "karl"), kicked);
  EXPECT_EQ(StandingOf(InRoom("id-den"), "karl"), Standing{});
}

TEST_P(RoomUpgradeTest, TheListHasThemAll) {
  store_ = Open();
  const auto changes = store_->ListChanges(0, 10);
  ASSERT_TRUE(changes.ok()) << changes.status();
  EXPECT_EQ(changes->newest, 0);
  EXPECT_THAT(changes->changes, IsEmpty());
  EXPECT_THAT(*store_->ListRooms("", 10), SizeIs(3));
  EXPECT_THAT(*store_->ListGuests({}, 10), SizeIs(3));

  RoomCatalogue catalogue(store_.get());
  ASSERT_TRUE(catalogue.Refresh().ok());
  for (const char* viewer : {"otto", "mona", "bert", "ivan"}) {
    EXPECT_THAT(SeenBy(viewer, catalogue), ElementsAre("den", "größe", "vault")) << viewer;
  }
  for (const char* viewer : {"karl", "nina"}) {
    EXPECT_THAT(SeenBy(viewer, catalogue), ElementsAre("den", "vault")) << viewer;
  }
  EXPECT_THAT(SeenBy("nina", catalogue, FoldForSearch("BISCUITS")), ElementsAre("den"));
  EXPECT_THAT(SeenBy("otto", catalogue, FoldForSearch("GRÖSSE")), ElementsAre("größe"));
}

TEST_P(RoomUpgradeTest, WhatChangesInOldRoomsIsTold) {
  store_ = Open();
  RoomCatalogue catalogue(store_.get());
  ASSERT_TRUE(catalogue.Refresh().ok());
  ASSERT_TRUE(store_->SetTopic("id-den", "coffee").ok());
  ASSERT_TRUE(store_->Unban("id-secret", "bert").ok());
  ASSERT_TRUE(store_->Invite("id-secret", "nina", kManyStandings).ok());
  ASSERT_TRUE(store_->Remove("id-vault").ok());
  EXPECT_EQ(store_->ListChanges(0, 10)->newest, 4);
  ASSERT_TRUE(catalogue.Refresh().ok());
  EXPECT_THAT(SeenBy("nina", catalogue), ElementsAre("den", "größe"));
  EXPECT_THAT(SeenBy("bert", catalogue), ElementsAre("den"));
  EXPECT_THAT(SeenBy("bert", catalogue, "coffee"), ElementsAre("den"));
  ASSERT_TRUE(store_->Remove("id-den").ok());
  EXPECT_EQ(StandingOf(InRoom("id-den"), "bert"), Standing{}) << "what belonged to it goes along";
}

TEST_P(RoomUpgradeTest, SeveralMayUpgradeItAtOnce) {
  std::vector<std::thread> replicas;
  for (int i = 0; i < 4; ++i) {
    replicas.emplace_back([this] { EXPECT_THAT(*Open()->ListRooms("", 10), SizeIs(3)); });
  }
  for (std::thread& replica : replicas) replica.join();
  store_ = Open();
  ASSERT_TRUE(store_->SetTopic("id-den", "coffee").ok());
  EXPECT_EQ(store_->ListChanges(0, 10)->newest, 1) << "one row counts, however many made it";
}

}  // namespace
}  // namespace parlor::rooms
