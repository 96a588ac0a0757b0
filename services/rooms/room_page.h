// A page of the list of rooms in its wire format (ListRoomsResponse of rooms.proto).
//
// A room's message is made once, when the room changes; a page is those bytes put together, and the live
// number of members behind each: protobuf lets a message's fields come in any order. docs/performance.md
// has what this saves.
#ifndef PARLOR_SERVICES_ROOMS_ROOM_PAGE_H_
#define PARLOR_SERVICES_ROOMS_ROOM_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/rooms/room.h"

namespace parlor::rooms {

// v1::Room but for its members.
std::string WireOf(const Room& room);

class RoomPage {
 public:
  void Add(absl::string_view wire, size_t members);
  void SetNext(absl::string_view page_token);  // there is another page
  void SetAge(absl::Duration age);             // once
  // A whole v1::ListRoomsResponse.
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOM_PAGE_H_
