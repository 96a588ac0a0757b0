#include "services/rooms/room.h"

namespace parlor::rooms {

const char* RoleName(Role role) {
  switch (role) {
    case Role::kListener:
      return "listener";
    case Role::kSpeaker:
      return "speaker";
    case Role::kModerator:
      return "moderator";
  }
  return "listener";
}

}  // namespace parlor::rooms
