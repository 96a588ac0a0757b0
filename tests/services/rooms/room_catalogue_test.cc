// RoomCatalogue on either database: it lists what the store has, whoever changed it.
#include "services/rooms/room_catalogue.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
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

class RoomCatalogueTest : public testing::RoomStoreTest {
 protected:
  void SetUpOnDatabase() override {
    RoomStoreTest::SetUpOnDatabase();
    catalogue_ = std::make_unique<RoomCatalogue>(store_.get());
  }

  static std::vector<std::string> NamesIn(const RoomCatalogue& catalogue, const RoomQuery& query) {
    std::vector<std::string> names;
    for (const ListingPtr& listing : catalogue.List(query)) names.push_back(listing->room.name);
    return names;
  }
  // Of the catalogue as the store is now.
  std::vector<std::string> Names(const RoomQuery& query) {
    const absl::Status refreshed = catalogue_->Refresh();
    EXPECT_TRUE(refreshed.ok()) << refreshed;
    return NamesIn(*catalogue_, query);
  }
  std::vector<std::string> SeenBy(const std::string& viewer) {
    return Names({.viewer = viewer, .search = "", .after = ""});
  }
  // Of a catalogue that reads everything anew.
  std::vector<std::string> SeenAnewBy(const std::string& viewer, const CatalogueOptions& options = {}) {
    RoomCatalogue anew(store_.get(), options);
    EXPECT_TRUE(anew.Refresh().ok());
    return NamesIn(anew, {.viewer = viewer, .search = "", .after = ""});
  }

  std::unique_ptr<RoomCatalogue> catalogue_;
};

INSTANTIATE_TEST_SUITE_P(Stores, RoomCatalogueTest, parlor::testing::EachDatabase(),
                         parlor::testing::KindName);

TEST_P(RoomCatalogueTest, ListsByNameInPages) {
  for (const char* name : {"beta", "alpha", "zulu", "Ångström", "gamma", "a_b", "a-b"}) Created(name);
  EXPECT_THAT(Names({.viewer = "bob", .search = "", .after = "", .limit = 3}),
              ElementsAre("a-b", "a_b", "alpha"));
  EXPECT_THAT(Names({.viewer = "bob", .search = "", .after = "alpha", .limit = 100}),
              ElementsAre("beta", "gamma", "zulu", "Ångström"));
  EXPECT_THAT(Names({.viewer = "bob", .search = "", .after = "Ångström", .limit = 1}), IsEmpty());
  EXPECT_EQ(catalogue_->size(), 7u);
}

TEST_P(RoomCatalogueTest, SearchesNamesAndTopicsLiterally) {
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

TEST_P(RoomCatalogueTest, RoomsByInvitationAreListedForThoseWhoKnowThem) {
  SeenBy("nobody");  // so that what follows comes as changes
  const Room room = Created("secret", "olga", Access::kInvite);
  Created("vault", "olga", Access::kPassword);
  ASSERT_TRUE(store_->Invite(room.id, "ivan", kManyStandings).ok());
  ASSERT_TRUE(store_->SetRole(room.id, "mona", Role::kModerator, kManyStandings).ok());
  ASSERT_TRUE(store_->Ban(room.id, "bert", kNow, kManyStandings).ok());
  ASSERT_TRUE(store_->Kick(room.id, "karl", kNow, kNow).ok());
  for (const char* viewer : {"olga", "ivan", "mona", "bert"}) {
    EXPECT_THAT(SeenBy(viewer), ElementsAre("secret", "vault")) << viewer;
    EXPECT_THAT(SeenAnewBy(viewer), ElementsAre("secret", "vault")) << viewer;
  }
  for (const char* viewer : {"nina", "karl", ""}) {
    EXPECT_THAT(SeenBy(viewer), ElementsAre("vault")) << viewer;
    EXPECT_THAT(SeenAnewBy(viewer), ElementsAre("vault")) << viewer;
  }
  ASSERT_TRUE(store_->Unban(room.id, "bert").ok());
  EXPECT_THAT(SeenBy("bert"), ElementsAre("vault"));
}

TEST_P(RoomCatalogueTest, SeesWhatAnotherReplicaDid) {
  const Room den = Created("den");
  EXPECT_THAT(SeenBy("bob"), ElementsAre("den"));
  const std::unique_ptr<RoomStore> other = Open();
  ASSERT_TRUE(other->Create(MakeRoom("attic"), "attic", kManyOwned).ok());
  ASSERT_TRUE(other->SetTopic(den.id, "tea").ok());
  EXPECT_THAT(NamesIn(*catalogue_, {.viewer = "bob", .search = "", .after = ""}), ElementsAre("den"))
      << "not without asking";
  EXPECT_THAT(SeenBy("bob"), ElementsAre("attic", "den"));
  EXPECT_THAT(Names({.viewer = "bob", .search = "tea", .after = ""}), ElementsAre("den"));
  ASSERT_TRUE(other->Remove(den.id).ok());
  ASSERT_TRUE(other->Create(MakeRoom("den", "eve"), "den", kManyOwned).ok());
  EXPECT_THAT(SeenBy("bob"), ElementsAre("attic", "den"));
  EXPECT_EQ(catalogue_->List({.viewer = "bob", .search = "", .after = "attic"})[0]->room.owner, "eve");
}

TEST_P(RoomCatalogueTest, ReadsAnewWhenItMissedMoreThanTheStoreRemembers) {
  const Room den = Created("den");
  Created("gone-soon");
  EXPECT_THAT(SeenBy("bob"), SizeIs(2));
  ASSERT_TRUE(store_->Remove(store_->Find("gone-soon")->id).ok());
  for (int64_t i = 0; i < RoomStore::kKeptChanges; ++i) {
    ASSERT_TRUE(store_->SetTopic(den.id, absl::StrCat(i)).ok());
  }
  EXPECT_THAT(store_->ListChanges(0, 1)->changes, SizeIs(1));
  EXPECT_GT(store_->ListChanges(0, 1)->changes[0].version, 1) << "old changes are forgotten";
  EXPECT_THAT(SeenBy("bob"), ElementsAre("den"));
  EXPECT_EQ(catalogue_->List({.viewer = "bob", .search = "", .after = ""})[0]->room.topic,
            absl::StrCat(RoomStore::kKeptChanges - 1));
}

TEST_P(RoomCatalogueTest, TenThousandRoomsArriveWhole) {
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

TEST_P(RoomCatalogueTest, SmallBatchesMakeTheSameList) {
  for (int i = 0; i < 7; ++i) {
    const Room room = Created(absl::StrCat("room", i), "olga", i % 2 == 0 ? Access::kInvite : Access::kOpen);
    ASSERT_TRUE(store_->Invite(room.id, "ivan", kManyStandings).ok());
  }
  CatalogueOptions options;
  options.batch = 2;
  EXPECT_THAT(SeenAnewBy("ivan", options), SizeIs(7));
  EXPECT_THAT(SeenAnewBy("bob", options), ElementsAre("room1", "room3", "room5"));
}

TEST_P(RoomCatalogueTest, StaysRightWhileManyChangeAndRead) {
  constexpr int kWriters = 4;
  constexpr int kEach = 15;
  std::atomic<int> writing{kWriters};
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < kEach; ++i) {
        const Room room =
            Created(absl::StrCat("room-", w, "-", i), absl::StrCat("owner", w), Access::kInvite);
        EXPECT_TRUE(store_->Invite(room.id, "ivan", kManyStandings).ok());
        EXPECT_TRUE(catalogue_->Refresh().ok());
        const auto mine = NamesIn(*catalogue_, {.viewer = "ivan", .search = room.name, .after = ""});
        EXPECT_FALSE(mine.empty()) << "what one changed is listed after one's own refresh";
        if (i % 3 != 0) continue;
        EXPECT_TRUE(store_->Remove(room.id).ok());
      }
      --writing;
    });
  }
  threads.emplace_back([&] {
    while (writing > 0) NamesIn(*catalogue_, {.viewer = "ivan", .search = "room", .after = ""});
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(SeenBy("ivan"), SeenAnewBy("ivan"));
  EXPECT_THAT(SeenBy("ivan"), SizeIs(kWriters * kEach * 2 / 3));
}

TEST(RoomCatalogue, GoesOnAsItWasWhileTheDatabaseIsAway) {
  PARLOR_WITH_POSTGRES(server);
  const auto store = OpenRoomStore({.database = server.CreateDatabase()});
  ASSERT_TRUE(store.ok()) << store.status();
  Room room;
  room.name = room.id = "den";
  ASSERT_TRUE((*store)->Create(room, "den", 1).ok());
  RoomCatalogue catalogue(store->get());
  ASSERT_TRUE(catalogue.Refresh().ok());
  ASSERT_TRUE(server.Stop().ok());
  EXPECT_EQ(catalogue.Refresh().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(catalogue.List({.viewer = "bob", .search = "", .after = ""}), SizeIs(1));
  ASSERT_TRUE(server.Restart().ok());
  EXPECT_TRUE(catalogue.Refresh().ok());
}

}  // namespace
}  // namespace parlor::rooms
