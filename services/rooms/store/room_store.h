// What outlives a restart: rooms, roles, bans and invitations. Who is in a room does not (live::Directory).
#ifndef PARLOR_SERVICES_ROOMS_STORE_ROOM_STORE_H_
#define PARLOR_SERVICES_ROOMS_STORE_ROOM_STORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/rooms/room.h"

namespace parlor::rooms {

// A room as lists show it.
struct ListedRoom {
  Room room;                // without the hash of its password
  std::string search_text;  // name and topic, folded (FoldForSearch)
};

// Somebody who may see a room by invitation (MaySee in admission.h) and does not own it.
struct Guest {
  std::string room_id;
  std::string user;
};

// That something changed which lists show, with what holds when it is read, which may be newer: whoever
// applies all changes in order, some of them twice, has what the store has.
struct RoomChange {
  int64_t version = 0;
  std::string room_id;
  std::optional<ListedRoom> room;  // none: it was closed
  std::string guest;               // of a room by invitation; empty: the room itself changed
  bool knows = false;              // the guest may see the room
};

struct RoomChanges {
  int64_t newest = 0;               // version of the last change that there was; 0 at first
  std::vector<RoomChange> changes;  // by version, without gaps
};

// Every call blocks, is one transaction, and is on disk when it returns OK. Thread-safe.
// Names of rooms and people are canonical. Times are kept in milliseconds.
// UNAVAILABLE: the database cannot be reached now; RESOURCE_EXHAUSTED: its disk is full, or as said below.
class RoomStore {
 public:
  virtual ~RoomStore() = default;

  // ALREADY_EXISTS when the name, or one that looks like it (`skeleton`, base/text/names.h), is taken;
  // RESOURCE_EXHAUSTED when the owner has `max_owned` rooms. Of calls that race, as many succeed as would
  // have one after the other.
  virtual absl::Status Create(const Room& room, absl::string_view skeleton, size_t max_owned) = 0;

  // NOT_FOUND when no room has the name.
  virtual absl::StatusOr<Room> Find(absl::string_view name) = 0;

  // NOT_FOUND when the room is gone; the same holds for all calls below but FindStanding.
  virtual absl::Status SetTopic(absl::string_view room_id, absl::string_view topic) = 0;
  // With all that belongs to it. The name is free at once.
  virtual absl::Status Remove(absl::string_view room_id) = 0;

  // The default one when nothing is kept about the person.
  virtual absl::StatusOr<Standing> FindStanding(absl::string_view room_id, absl::string_view user) = 0;

  // More than `max_standings` people with a role, an invitation or a ban are RESOURCE_EXHAUSTED.
  virtual absl::Status SetRole(absl::string_view room_id, absl::string_view user, Role role,
                               size_t max_standings) = 0;
  // Ends a hold, not a ban.
  virtual absl::Status Invite(absl::string_view room_id, absl::string_view user, size_t max_standings) = 0;
  // Takes role and invitation.
  virtual absl::Status Ban(absl::string_view room_id, absl::string_view user, absl::Time at,
                           size_t max_standings) = 0;
  // Ends a ban and a hold.
  virtual absl::Status Unban(absl::string_view room_id, absl::string_view user) = 0;
  // Keeps the person out until `held_until`, and turns their role into an invitation. Never refused for lack
  // of room: kicks of others whose hold has ended are forgotten instead.
  virtual absl::Status Kick(absl::string_view room_id, absl::string_view user, absl::Time at,
                            absl::Time held_until) = 0;

  // ---- what lists are made of (room_catalogue.h)

  // The first `limit` changes after version `since`, whichever process made them; they start later when that
  // is more than kKeptChanges ago. Then, and at first, read everything: the lists below in batches, and the
  // changes since `newest` of before. The same when `newest` is below `since`: somebody restored a backup.
  virtual absl::StatusOr<RoomChanges> ListChanges(int64_t since, size_t limit) = 0;
  static constexpr int64_t kKeptChanges = 2'000;

  // The first `limit` by id after this one.
  virtual absl::StatusOr<std::vector<ListedRoom>> ListRooms(absl::string_view after_id, size_t limit) = 0;
  // The first `limit` by room and name after this one.
  virtual absl::StatusOr<std::vector<Guest>> ListGuests(const Guest& after, size_t limit) = 0;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_STORE_ROOM_STORE_H_
