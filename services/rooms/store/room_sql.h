// The statements of the room store (services/common/sql/database.h for the parameters) and the
// schema that they expect.
#ifndef PARLOR_SERVICES_ROOMS_STORE_ROOM_SQL_H_
#define PARLOR_SERVICES_ROOMS_STORE_ROOM_SQL_H_

#include "absl/strings/string_view.h"
#include "services/common/sql/open.h"

namespace parlor::rooms::sql {

using service::SqlStatement;

// Times are milliseconds since the epoch, 0 for none. A standing's role is 0 when no moderator gave one.
// Names are compared as bytes, so that both databases list them in the same order.
inline constexpr absl::string_view kSchema1 = R"sql(
  CREATE TABLE rooms (
    id TEXT PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    skeleton TEXT COLLATE "C" NOT NULL UNIQUE,
    search_text TEXT COLLATE "C" NOT NULL,
    topic TEXT NOT NULL,
    access BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    stage BIGINT NOT NULL,
    capacity BIGINT NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    created_ms BIGINT NOT NULL
  );
  CREATE INDEX rooms_owner ON rooms (owner);
  CREATE TABLE standings (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_name TEXT COLLATE "C" NOT NULL,
    role BIGINT NOT NULL DEFAULT 0,
    banned BIGINT NOT NULL DEFAULT 0,
    invited BIGINT NOT NULL DEFAULT 0,
    held_until_ms BIGINT NOT NULL DEFAULT 0,
    removed_at_ms BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id, user_name)
  );
)sql";

// What lists show has a version: that of its last change. A change updates the one row of room_list as the
// last thing that its transaction does: the row's lock makes changes commit in the order of their versions,
// which therefore have no gaps, and whoever reads a version has seen all before it.
inline constexpr absl::string_view kSchema2 = R"sql(
  CREATE TABLE room_list (version BIGINT NOT NULL);
  INSERT INTO room_list (version) VALUES (0);
  CREATE TABLE room_changes (
    version BIGINT PRIMARY KEY,
    room_id TEXT NOT NULL,
    guest TEXT COLLATE "C" NOT NULL
  );
)sql";

inline constexpr SqlStatement kCountOwned = {"count_owned", "SELECT count(*) FROM rooms WHERE owner = $1", 1};

inline constexpr SqlStatement kInsertRoom = {
    "insert_room",
    "INSERT INTO rooms (id, name, skeleton, search_text, topic, access, password_hash, stage, capacity, "
    "owner, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING"};

// What lists show of a room r.
#define PARLOR_LISTED "r.id, r.name, r.topic, r.access, r.stage, r.capacity, r.owner, r.created_ms"

inline constexpr SqlStatement kFindRoom = {
    "find_room", "SELECT " PARLOR_LISTED ", r.password_hash FROM rooms r WHERE r.name = $1", 9};

// Access 2 is "by invitation"; `role + banned + invited` is 0 for those who do not know the room
// (admission.h). One row at least, whose change and room are empty when there is no change; a closed room is
// empty, too.
inline constexpr SqlStatement kListChanges = {
    "list_changes",
    "SELECT " PARLOR_LISTED
    ", r.search_text, l.version, c.version, c.room_id, c.guest, s.role + s.banned + s.invited "
    "FROM room_list l LEFT JOIN "
    "(SELECT version, room_id, guest FROM room_changes WHERE version > $1 ORDER BY version LIMIT $2) c "
    "ON 1 = 1 LEFT JOIN rooms r ON r.id = c.room_id "
    "LEFT JOIN standings s ON s.room_id = c.room_id AND s.user_name = c.guest ORDER BY c.version",
    14};

inline constexpr SqlStatement kListRooms = {
    "list_rooms",
    "SELECT " PARLOR_LISTED ", r.search_text FROM rooms r WHERE r.id > $1 ORDER BY r.id LIMIT $2", 9};

inline constexpr SqlStatement kListGuests = {
    "list_guests",
    "SELECT s.room_id, s.user_name FROM standings s JOIN rooms r ON r.id = s.room_id "
    "WHERE (s.room_id, s.user_name) > ($1, $2) AND r.access = 2 AND s.role + s.banned + s.invited <> 0 "
    "ORDER BY s.room_id, s.user_name LIMIT $3",
    2};

#undef PARLOR_LISTED

inline constexpr SqlStatement kNextVersion = {
    "next_version", "UPDATE room_list SET version = version + 1 RETURNING version", 1};

// Nothing when the list shows the room to everybody.
inline constexpr SqlStatement kNextVersionOfGuests = {
    "next_version_of_guests",
    "UPDATE room_list SET version = version + 1 "
    "WHERE EXISTS (SELECT 1 FROM rooms WHERE id = $1 AND access = 2) RETURNING version",
    1};

inline constexpr SqlStatement kInsertChange = {
    "insert_change", "INSERT INTO room_changes (version, room_id, guest) VALUES ($1, $2, $3)"};

inline constexpr SqlStatement kForgetChanges = {"forget_changes",
                                                "DELETE FROM room_changes WHERE version <= $1"};

inline constexpr SqlStatement kNameOfRoom = {"name_of_room", "SELECT name FROM rooms WHERE id = $1", 1};

inline constexpr SqlStatement kSetTopic = {"set_topic",
                                           "UPDATE rooms SET topic = $1, search_text = $2 WHERE id = $3"};

inline constexpr SqlStatement kRemoveRoom = {"remove_room", "DELETE FROM rooms WHERE id = $1"};

inline constexpr SqlStatement kFindStanding = {
    "find_standing",
    "SELECT role, banned, invited, held_until_ms, removed_at_ms FROM standings "
    "WHERE room_id = $1 AND user_name = $2",
    5};

// Those of others that hold something.
inline constexpr SqlStatement kCountStandings = {
    "count_standings",
    "SELECT count(*) FROM standings WHERE room_id = $1 AND user_name <> $2 "
    "AND (role <> 0 OR banned <> 0 OR invited <> 0)",
    1};

inline constexpr SqlStatement kEnsureStanding = {
    "ensure_standing", "INSERT INTO standings (room_id, user_name) VALUES ($1, $2) ON CONFLICT DO NOTHING"};

inline constexpr SqlStatement kSetRole = {
    "set_role", "UPDATE standings SET role = $1 WHERE room_id = $2 AND user_name = $3"};

inline constexpr SqlStatement kInvite = {
    "invite", "UPDATE standings SET invited = 1, held_until_ms = 0 WHERE room_id = $1 AND user_name = $2"};

inline constexpr SqlStatement kBan = {
    "ban",
    "UPDATE standings SET banned = 1, role = 0, invited = 0, removed_at_ms = $1 "
    "WHERE room_id = $2 AND user_name = $3"};

inline constexpr SqlStatement kUnban = {
    "unban", "UPDATE standings SET banned = 0, held_until_ms = 0 WHERE room_id = $1 AND user_name = $2"};

// Whoever had a role keeps an invitation: a kick is no ban, also from a room by invitation.
inline constexpr SqlStatement kKick = {
    "kick",
    "UPDATE standings SET invited = CASE WHEN role <> 0 THEN 1 ELSE invited END, role = 0, "
    "removed_at_ms = $1, held_until_ms = $2 WHERE room_id = $3 AND user_name = $4"};

// Two seconds after a removal, and when the hold has ended, every ticket is newer than the room event:
// nothing is lost with the row.
inline constexpr SqlStatement kForgetEndedRemovals = {
    "forget_ended_removals",
    "DELETE FROM standings WHERE room_id = $1 AND role = 0 AND banned = 0 AND invited = 0 "
    "AND held_until_ms <= $2 AND removed_at_ms <= $2 - 2000"};

inline service::SqlSchema Schema() {
  return {"rooms", {kSchema1, kSchema2}, {kCountOwned,
                                          kInsertRoom,
                                          kFindRoom,
                                          kListChanges,
                                          kListRooms,
                                          kListGuests,
                                          kNextVersion,
                                          kNextVersionOfGuests,
                                          kInsertChange,
                                          kForgetChanges,
                                          kNameOfRoom,
                                          kSetTopic,
                                          kRemoveRoom,
                                          kFindStanding,
                                          kCountStandings,
                                          kEnsureStanding,
                                          kSetRole,
                                          kInvite,
                                          kBan,
                                          kUnban,
                                          kKick,
                                          kForgetEndedRemovals}};
}

}  // namespace parlor::rooms::sql

#endif  // PARLOR_SERVICES_ROOMS_STORE_ROOM_SQL_H_
