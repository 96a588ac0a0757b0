// What a member of a room costs in threads: nothing.
#include "tests/services/common/threads.h"

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/services/rooms/rooms_server.h"

namespace parlor::rooms {
namespace {

using parlor::testing::ThreadsOfThisProcess;
using testing::Person;
using testing::RoomsServer;
using testing::Visit;

#ifdef __SANITIZE_THREAD__
constexpr int kRooms = 8;  // 64 people: entering costs it a hundred times as much
#else
constexpr int kRooms = 63;
#endif

class ThreadsTest : public ::testing::Test {
 protected:
  // A room of eight, over one connection: a stream needs no client of its own, only somebody's token.
  void FillARoom() {
    const std::string room = absl::StrCat("room", connections_.size());
    Person& person = connections_.emplace_back(server_, absl::StrCat("owner", connections_.size()));
    ASSERT_TRUE(person.Create(room).ok());
    for (int i = 0; i < 8; ++i) {
      const std::string user = absl::StrCat("user", visits_.size());
      person.token = server_.Token(user, user + "-phone");
      visits_.push_back(std::make_unique<Visit>(person, room));
      visits_.back()->Entered();
    }
  }

  RoomsServer server_;
  std::list<Person> connections_;
  std::vector<std::unique_ptr<Visit>> visits_;
};

TEST_F(ThreadsTest, HundredsOfMembersTakeNoThreads) {
  FillARoom();
  const int before = ThreadsOfThisProcess();
  for (int room = 0; room < kRooms; ++room) FillARoom();
  EXPECT_LE(ThreadsOfThisProcess(), before + parlor::testing::kPoolsMayGrowBy) << "from " << before;
  v1::ListRoomsResponse rooms = connections_.front().List({});
  uint32_t members = 0;
  for (const auto& room : rooms.rooms()) members += room.members();
  EXPECT_EQ(members, visits_.size());
}

}  // namespace
}  // namespace parlor::rooms
