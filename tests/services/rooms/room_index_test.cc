#include "services/rooms/room_index.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "services/rooms/room_fields.h"

namespace parlor::rooms {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr size_t kMany = 1'000'000;

ListedRoom Listed(const std::string& name, Access access = Access::kOpen, const std::string& id = "") {
  ListedRoom listed;
  listed.room.name = name;
  listed.room.id = id.empty() ? "id of " + name : id;
  listed.room.access = access;
  listed.room.owner = "olga";
  listed.search_text = FoldForSearch(name + "\n");
  return listed;
}

std::vector<std::string> Names(const RoomIndex& index, const RoomQuery& query, size_t most = kMany) {
  std::vector<ListingPtr> found;
  index.List(query, most, found);
  std::vector<std::string> names;
  for (const ListingPtr& listing : found) names.push_back(listing->room.name);
  return names;
}
std::vector<std::string> SeenBy(const RoomIndex& index, const std::string& viewer) {
  return Names(index, {.viewer = viewer, .search = "", .after = ""});
}

TEST(RoomIndex, MergesWhatAllSeeAndWhatOneKnowsByName) {
  RoomIndex index(kMany);
  for (const char* name : {"b", "d", "f"}) index.Put(Listed(name));
  for (const char* name : {"a", "c", "e", "g"}) {
    index.Put(Listed(name, Access::kInvite));
    index.SetGuest(absl::StrCat("id of ", name), "ivan", true);
  }
  EXPECT_THAT(SeenBy(index, "ivan"), ElementsAre("a", "b", "c", "d", "e", "f", "g"));
  EXPECT_THAT(SeenBy(index, "nina"), ElementsAre("b", "d", "f"));
  EXPECT_THAT(SeenBy(index, "olga"), SizeIs(7)) << "the owner";
  EXPECT_THAT(Names(index, {.viewer = "ivan", .search = "", .after = "c", .limit = 2}),
              ElementsAre("d", "e"));
  EXPECT_THAT(Names(index, {.viewer = "ivan", .search = "", .after = "cc", .limit = 2}),
              ElementsAre("d", "e"));
  EXPECT_THAT(Names(index, {.viewer = "ivan", .search = "", .after = "g"}), IsEmpty());
}

TEST(RoomIndex, LooksAtNoMoreThanItIsAsked) {
  RoomIndex index(kMany);
  for (const char* name : {"a", "b", "tea", "z"}) index.Put(Listed(name));
  RoomQuery query = {.viewer = "bob", .search = "tea", .after = ""};
  std::vector<ListingPtr> found;
  EXPECT_EQ(index.List(query, 2, found), "b");
  EXPECT_THAT(found, IsEmpty());
  query.after = "b";
  EXPECT_EQ(index.List(query, 2, found), "z");
  EXPECT_THAT(found, SizeIs(1));
  query.after = "z";
  EXPECT_EQ(index.List(query, 2, found), std::nullopt);
}

TEST(RoomIndex, AGuestComesAndGoes) {
  RoomIndex index(kMany);
  index.Put(Listed("secret", Access::kInvite));
  index.SetGuest("id of secret", "ivan", true);
  index.SetGuest("id of secret", "ivan", true);
  EXPECT_THAT(SeenBy(index, "ivan"), ElementsAre("secret"));
  index.SetGuest("id of secret", "ivan", false);
  index.SetGuest("id of secret", "ivan", false);
  EXPECT_THAT(SeenBy(index, "ivan"), IsEmpty());
  index.SetGuest("id of secret", "olga", true);
  index.SetGuest("id of secret", "olga", false);
  EXPECT_THAT(SeenBy(index, "olga"), ElementsAre("secret")) << "owners always see their rooms";
}

TEST(RoomIndex, GuestsOfOtherRoomsAndOfNoneHaveNoEffect) {
  RoomIndex index(1);
  index.Put(Listed("open"));
  index.SetGuest("id of open", "ivan", true);
  index.SetGuest("gone", "ivan", true);
  EXPECT_THAT(SeenBy(index, "ivan"), ElementsAre("open"));
  EXPECT_FALSE(index.is_full());
}

TEST(RoomIndex, GuestsBeyondTheBoundAreNotTakenIn) {
  RoomIndex index(2);
  index.Put(Listed("secret", Access::kInvite));
  for (const char* guest : {"one", "two", "three"}) index.SetGuest("id of secret", guest, true);
  EXPECT_TRUE(index.is_full());
  EXPECT_THAT(SeenBy(index, "two"), ElementsAre("secret"));
  EXPECT_THAT(SeenBy(index, "three"), IsEmpty());
  index.SetGuest("id of secret", "one", false);
  index.SetGuest("id of secret", "three", true);
  EXPECT_THAT(SeenBy(index, "three"), ElementsAre("secret"));
  index.Remove("id of secret");
  EXPECT_FALSE(index.is_full());
}

TEST(RoomIndex, ATopicChangesInPlace) {
  RoomIndex index(kMany);
  index.Put(Listed("secret", Access::kInvite));
  index.SetGuest("id of secret", "ivan", true);
  std::vector<ListingPtr> before;
  index.List({.viewer = "ivan", .search = "", .after = ""}, kMany, before);
  ListedRoom changed = Listed("secret", Access::kInvite);
  changed.room.topic = "tea";
  changed.search_text = "secret\ntea";
  index.Put(changed);
  EXPECT_THAT(Names(index, {.viewer = "ivan", .search = "tea", .after = ""}), ElementsAre("secret"));
  EXPECT_EQ(before[0]->room.topic, "") << "what was handed out stays as it was";
  EXPECT_EQ(index.size(), 1u);
}

TEST(RoomIndex, ARoomMadeAnewIsAnotherOne) {
  RoomIndex index(kMany);
  index.Put(Listed("den", Access::kInvite, "old"));
  index.SetGuest("old", "ivan", true);
  index.Put(Listed("den", Access::kOpen, "new"));
  index.Remove("old");
  index.Remove("old");
  EXPECT_THAT(SeenBy(index, "ivan"), ElementsAre("den"));
  index.Remove("new");
  EXPECT_THAT(SeenBy(index, "ivan"), IsEmpty());
  EXPECT_EQ(index.size(), 0u);
}

TEST(RoomIndex, APageOfManyRoomsIsThePageAndNothingElse) {
  RoomIndex index(kMany);
  for (int i = 0; i < 10'000; ++i) {
    index.Put(Listed(absl::StrCat("secret", i), Access::kInvite));
    if (i % 100 == 0) index.Put(Listed(absl::StrCat("room", i)));
  }
  // Those whom nobody invited to the many do not even pass by them.
  EXPECT_THAT(Names(index, {.viewer = "bob", .search = "", .after = "", .limit = 100}, 100), SizeIs(100));
}

}  // namespace
}  // namespace parlor::rooms
