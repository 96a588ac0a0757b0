#include "services/rooms/room_page.h"

#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "services/rooms/room_frames.h"

namespace parlor::rooms {
namespace {

using google::protobuf::util::MessageDifferencer;

Room RoomNamed(const std::string& name) {
  Room room;
  room.id = "id-of-" + name;
  room.name = name;
  room.topic = std::string(200, 't') + "ö";  // more than a length of one byte can say
  room.access = Access::kPassword;
  room.stage = true;
  room.capacity = 32;
  room.owner = "ann";
  room.created = absl::FromUnixMillis(1'800'000'000'123);
  return room;
}

v1::ListRoomsResponse Parsed(RoomPage page) {
  v1::ListRoomsResponse response;
  EXPECT_TRUE(response.ParseFromString(page.Take()));
  return response;
}

TEST(RoomPage, IsWhatTheMessagesWouldBe) {
  RoomPage page;
  v1::ListRoomsResponse expected;
  size_t members = 0;
  for (const char* name : {"a", "b", "c"}) {
    page.Add(WireOf(RoomNamed(name)), members);
    *expected.add_rooms() = RoomMessage(RoomNamed(name), members);
    members += 200;
  }
  page.SetNext("next");
  expected.set_next_page_token("next");
  const v1::ListRoomsResponse response = Parsed(std::move(page));
  EXPECT_TRUE(MessageDifferencer::Equals(response, expected)) << response.DebugString();
}

TEST(RoomPage, MayBeEmptyOrTheLast) {
  EXPECT_TRUE(MessageDifferencer::Equals(Parsed(RoomPage()), v1::ListRoomsResponse()));
  RoomPage last;
  last.Add(WireOf(RoomNamed("a")), 1);
  EXPECT_EQ(Parsed(std::move(last)).next_page_token(), "");
}

}  // namespace
}  // namespace parlor::rooms
