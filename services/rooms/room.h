// What a room is and how a person stands to it: plain values, as rules and stores pass them around.
#ifndef PARLOR_SERVICES_ROOMS_ROOM_H_
#define PARLOR_SERVICES_ROOMS_ROOM_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace parlor::rooms {

// The numbers are stored; they are those of parlor.rooms.v1.
enum class Access { kOpen = 1, kInvite = 2, kPassword = 3 };
enum class Role { kListener = 1, kSpeaker = 2, kModerator = 3 };

// "listener", "speaker", "moderator": what tickets carry and people read.
const char* RoleName(Role role);

struct Room {
  std::string name;  // canonical (base/text/names.h)
  std::string id;    // random; a room that is closed and made anew has another
  std::string topic;
  Access access = Access::kOpen;
  std::string password_hash;  // of password rooms alone (room_password.h)
  bool stage = false;         // newcomers listen
  uint32_t capacity = 0;
  std::string owner;  // canonical user name; never changes
  absl::Time created = absl::UnixEpoch();
};

// What is durable about one person in one room. A person without any has the default one.
struct Standing {
  std::optional<Role> role;  // as a moderator gave it; without one, newcomers' role of the room
  bool banned = false;
  bool invited = false;
  // Kicked: not admitted before this time.
  absl::Time held_until = absl::InfinitePast();
  // The last kick or ban, whose room event voids the tickets that were issued before it.
  absl::Time removed_at = absl::InfinitePast();

  friend bool operator==(const Standing&, const Standing&) = default;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOM_H_
