#include <utility>

#include "base/status.h"
#include "services/rooms/store/room_sql.h"
#include "services/rooms/store/sql_room_store.h"

namespace parlor::rooms {
namespace {

ListedRoom ListedRoomOf(const SqlResult& result, size_t row) {
  return {.room = RoomOf(result, row), .search_text = result.Text(row, 8)};
}

absl::Status NoVersion() {
  return absl::DataLossError("the rooms' database has lost its list's version: restore it from a backup");
}

absl::Status RecordChange(SqlTransaction& transaction, int64_t version, absl::string_view room_id,
                          absl::string_view guest) {
  PARLOR_RETURN_IF_ERROR(
      transaction.Run(sql::kInsertChange, {version, std::string(room_id), std::string(guest)}).status());
  return transaction.Run(sql::kForgetChanges, {version - RoomStore::kKeptChanges}).status();
}

}  // namespace

Room RoomOf(const SqlResult& result, size_t row) {
  Room room;
  room.id = result.Text(row, 0);
  room.name = result.Text(row, 1);
  room.topic = result.Text(row, 2);
  room.access = static_cast<Access>(result.Int(row, 3));
  room.stage = result.Int(row, 4) != 0;
  room.capacity = static_cast<uint32_t>(result.Int(row, 5));
  room.owner = result.Text(row, 6);
  room.created = absl::FromUnixMillis(result.Int(row, 7));
  return room;
}

absl::Status RecordRoomChange(SqlTransaction& transaction, absl::string_view room_id) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult next, transaction.Run(sql::kNextVersion, {}));
  if (next.rows.empty()) return NoVersion();
  return RecordChange(transaction, next.Int(0, 0), room_id, "");
}

absl::Status RecordGuestChange(SqlTransaction& transaction, absl::string_view room_id,
                               absl::string_view user) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult next,
                          transaction.Run(sql::kNextVersionOfGuests, {std::string(room_id)}));
  if (next.rows.empty()) return absl::OkStatus();
  return RecordChange(transaction, next.Int(0, 0), room_id, user);
}

absl::StatusOr<RoomChanges> SqlRoomStore::ListChanges(int64_t since, size_t limit) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found,
                          database_->ReadOne(sql::kListChanges, {since, static_cast<int64_t>(limit)}));
  if (found.rows.empty()) return NoVersion();
  RoomChanges changes = {.newest = found.Int(0, 9), .changes = {}};
  for (size_t row = 0; row < found.rows.size(); ++row) {
    RoomChange change = {.version = found.Int(row, 10),
                         .room_id = found.Text(row, 11),
                         .room = {},
                         .guest = found.Text(row, 12),
                         .knows = found.Int(row, 13) != 0};
    if (change.version == 0) break;
    if (!found.Text(row, 0).empty()) change.room = ListedRoomOf(found, row);
    changes.changes.push_back(std::move(change));
  }
  return changes;
}

absl::StatusOr<std::vector<ListedRoom>> SqlRoomStore::ListRooms(absl::string_view after_id, size_t limit) {
  PARLOR_ASSIGN_OR_RETURN(
      const SqlResult found,
      database_->ReadOne(sql::kListRooms, {std::string(after_id), static_cast<int64_t>(limit)}));
  std::vector<ListedRoom> rooms;
  for (size_t row = 0; row < found.rows.size(); ++row) rooms.push_back(ListedRoomOf(found, row));
  return rooms;
}

absl::StatusOr<std::vector<Guest>> SqlRoomStore::ListGuests(const Guest& after, size_t limit) {
  PARLOR_ASSIGN_OR_RETURN(
      const SqlResult found,
      database_->ReadOne(sql::kListGuests, {after.room_id, after.user, static_cast<int64_t>(limit)}));
  std::vector<Guest> guests;
  for (size_t row = 0; row < found.rows.size(); ++row) {
    guests.push_back({.room_id = found.Text(row, 0), .user = found.Text(row, 1)});
  }
  return guests;
}

}  // namespace parlor::rooms
