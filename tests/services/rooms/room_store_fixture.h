// What the suites of RoomStore share: every implementation, on a database of its own.
#ifndef PARLOR_TESTS_SERVICES_ROOMS_ROOM_STORE_FIXTURE_H_
#define PARLOR_TESTS_SERVICES_ROOMS_ROOM_STORE_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>

#include "base/random.h"
#include "gtest/gtest.h"
#include "services/rooms/store/open_store.h"
#include "services/rooms/store/room_store.h"
#include "tests/services/common/each_database.h"

namespace parlor::rooms::testing {

inline constexpr size_t kManyOwned = 100'000;
inline constexpr size_t kManyStandings = 100'000;
inline const absl::Time kNow = absl::FromUnixMillis(1'800'000'000'123);

class RoomStoreTest : public parlor::testing::EachDatabaseTest {
 protected:
  void SetUpOnDatabase() override { store_ = Open(); }

  // On the same database each time.
  std::unique_ptr<RoomStore> Open() {
    auto store = OpenRoomStore(Database());
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  static Room MakeRoom(const std::string& name, const std::string& owner = "olga") {
    Room room;
    room.name = name;
    room.id = RandomId();
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

  Standing StandingOf(const Room& room, const std::string& user) {
    const auto standing = store_->FindStanding(room.id, user);
    EXPECT_TRUE(standing.ok()) << standing.status();
    return *standing;
  }

  std::unique_ptr<RoomStore> store_;
};

}  // namespace parlor::rooms::testing

#endif  // PARLOR_TESTS_SERVICES_ROOMS_ROOM_STORE_FIXTURE_H_
