// The durable half of rooms: what people create, list and change. Every call but List blocks (store,
// Argon2id) and belongs on the blocking pool; what members have to hear of it, the hub tells them. What has
// changed is listed when the call returns.
#ifndef PARLOR_SERVICES_ROOMS_ROOM_ADMIN_H_
#define PARLOR_SERVICES_ROOMS_ROOM_ADMIN_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/common/rate_limiter.h"
#include "services/rooms/permissions.h"
#include "services/rooms/room_limits.h"
#include "services/rooms/room_password.h"
#include "services/rooms/rooms_hub.h"

namespace parlor::rooms {

// Thread-safe. `actor` is the caller's canonical name. Common answers: INVALID_ARGUMENT names the field;
// NOT_FOUND for rooms that the actor may not see; PERMISSION_DENIED by permissions.h; RESOURCE_EXHAUSTED
// with RetryAfter() for more changes than RoomLimits allows.
class RoomAdmin {
 public:
  // `hub` outlives this and works with the same parts.
  RoomAdmin(const RoomsParts& parts, const RoomLimits& limits, const RoomPasswordCost& cost, RoomsHub* hub);

  absl::StatusOr<v1::Room> Create(const std::string& actor, const v1::CreateRoomRequest& request);
  // From memory (room_catalogue.h). A search looks at every room: 5 ms for 100,000 of them.
  // A serialised v1::ListRoomsResponse (room_page.h).
  absl::StatusOr<std::string> List(const std::string& actor, const v1::ListRoomsRequest& request);

  absl::Status SetTopic(const std::string& actor, absl::string_view room, absl::string_view topic);
  // Admits to a room by invitation, past a password, and before a kick's hold has ended.
  absl::Status Invite(const std::string& actor, absl::string_view room, absl::string_view user);
  // Ends the stream with PERMISSION_DENIED, and gives all members the signed event. Whoever was kicked comes
  // back after RoomLimits::kick_hold or by an invitation, and as a newcomer. FAILED_PRECONDITION for people
  // who are not in the room.
  absl::Status Kick(const std::string& actor, absl::string_view room, absl::string_view user);
  // The same for good, until Unban; also for people who are not there.
  absl::Status Ban(const std::string& actor, absl::string_view room, absl::string_view user);
  absl::Status Unban(const std::string& actor, absl::string_view room, absl::string_view user);
  // Kept for people who are not there. Lowers the hand of those who may speak from now on.
  absl::Status SetRole(const std::string& actor, absl::string_view room, absl::string_view user, Role role);
  // FAILED_PRECONDITION unless the actor listens on a stage now.
  absl::Status RaiseHand(const std::string& actor, absl::string_view room, bool raised);
  absl::Status Close(const std::string& actor, absl::string_view room);

 private:
  // A room as one person sees it.
  struct View {
    Room room;
    Standing standing;
    Rank rank = Rank::kNewcomer;
  };
  // What an action on another person is judged by.
  struct Target {
    std::string user;
    Standing standing;
    Pair who;
  };
  using Change = std::function<absl::Status(const View&)>;
  using ChangeOf = std::function<absl::Status(const View&, const Target&)>;

  absl::StatusOr<View> Look(const std::string& actor, absl::string_view room_name);
  // Runs `change` with what the store holds; then brings the list up to date.
  absl::Status InRoom(const std::string& actor, absl::string_view room_name, const Change& change);
  absl::Status ActOn(const std::string& actor, absl::string_view room_name, absl::string_view user,
                     const ChangeOf& change);
  absl::Status Remove(const std::string& actor, const Room& room, const std::string& user,
                      TicketOffice::Act act, absl::Time at);
  absl::StatusOr<Room> NewRoom(const std::string& actor, const v1::CreateRoomRequest& request);

  const RoomsParts parts_;
  const RoomLimits limits_;
  const RoomPasswordCost cost_;
  RoomsHub* const hub_;
  service::RateLimiter creations_;
  service::RateLimiter changes_;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOM_ADMIN_H_
