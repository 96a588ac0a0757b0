// Bounds of the rooms service, all of them configuration.
#ifndef PARLOR_SERVICES_ROOMS_ROOM_LIMITS_H_
#define PARLOR_SERVICES_ROOMS_ROOM_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace parlor::rooms {

struct RoomLimits {
  // Members of a room whose creator asked for no number: as many as were measured (docs/performance.md). A
  // client has a few neighbours however many there are; what grows is the roster, of which each member is
  // told every change.
  uint32_t default_capacity = 1'000;
  // The most that a creator may ask for.
  uint32_t max_capacity = 1'000;
  // Rooms of the whole server: a list of them all is kept in memory, 1 KB each. Replicas that create rooms at
  // the same moment may end up some above it.
  size_t max_rooms = 100'000;
  // Rooms that one person may own at a time.
  size_t max_owned = 20;
  // Rooms that one person may create an hour, closed ones included: names are a shared good.
  int creations_per_hour = 60;
  // EnterRoom calls of one person a minute. Also what bounds guessing a room's password.
  int joins_per_minute = 30;
  // Other calls of one person a minute (topic, roles, hands, …): each is told to every member.
  int changes_per_minute = 120;
  // Invitations, roles and bans that one room keeps.
  size_t max_standings = 10'000;
  // A kicked person is not admitted for so long, unless a moderator invites them.
  absl::Duration kick_hold = absl::Seconds(60);
};

inline constexpr size_t kMaxTopicCharacters = 200;
inline constexpr size_t kMaxRoomPasswordCharacters = 128;

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOM_LIMITS_H_
