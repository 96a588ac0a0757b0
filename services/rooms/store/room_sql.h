// The statements of the room store (see sql.h for the parameters) and the schemas that they expect.
#ifndef PARLOR_SERVICES_ROOMS_STORE_ROOM_SQL_H_
#define PARLOR_SERVICES_ROOMS_STORE_ROOM_SQL_H_

#include "services/rooms/store/sql.h"

namespace parlor::rooms::sql {

// Times are milliseconds since the epoch, 0 for none. A standing's role is 0 when no moderator gave one.
// Names are compared as bytes, so that both databases list them in the same order.
inline constexpr char kSqliteSchema1[] = R"(
  CREATE TABLE rooms (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    skeleton TEXT NOT NULL UNIQUE,
    search_text TEXT NOT NULL,
    topic TEXT NOT NULL,
    access INTEGER NOT NULL,
    password_hash TEXT NOT NULL,
    stage INTEGER NOT NULL,
    capacity INTEGER NOT NULL,
    owner TEXT NOT NULL,
    created_ms INTEGER NOT NULL
  );
  CREATE INDEX rooms_owner ON rooms (owner);
  CREATE TABLE standings (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_name TEXT NOT NULL,
    role INTEGER NOT NULL DEFAULT 0,
    banned INTEGER NOT NULL DEFAULT 0,
    invited INTEGER NOT NULL DEFAULT 0,
    held_until_ms INTEGER NOT NULL DEFAULT 0,
    removed_at_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id, user_name)
  ) WITHOUT ROWID;
)";

inline constexpr char kPostgresSchema1[] = R"(
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
)";

inline constexpr SqlStatement kCountOwned = {"count_owned", "SELECT count(*) FROM rooms WHERE owner = $1", 1};

inline constexpr SqlStatement kInsertRoom = {
    "insert_room",
    "INSERT INTO rooms (id, name, skeleton, search_text, topic, access, password_hash, stage, capacity, "
    "owner, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING"};

#define PARLOR_ROOM_COLUMNS "id, name, topic, access, password_hash, stage, capacity, owner, created_ms"

inline constexpr SqlStatement kFindRoom = {"find_room",
                                           "SELECT " PARLOR_ROOM_COLUMNS " FROM rooms WHERE name = $1", 9};

// $1 after, $2 pattern, $3 viewer, $4 limit. Access 2 is "by invitation".
inline constexpr SqlStatement kListRooms = {
    "list_rooms",
    "SELECT " PARLOR_ROOM_COLUMNS
    " FROM rooms WHERE name > $1 AND search_text LIKE $2 ESCAPE '!' "
    "AND (access <> 2 OR owner = $3 OR EXISTS (SELECT 1 FROM standings s WHERE s.room_id = rooms.id "
    "AND s.user_name = $3 AND (s.banned <> 0 OR s.invited <> 0 OR s.role <> 0))) ORDER BY name LIMIT $4",
    9};

#undef PARLOR_ROOM_COLUMNS

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

}  // namespace parlor::rooms::sql

#endif  // PARLOR_SERVICES_ROOMS_STORE_ROOM_SQL_H_
