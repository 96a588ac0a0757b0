// RoomStore in SQL, for any SqlDatabase with the schema of room_sql.h.
#ifndef PARLOR_SERVICES_ROOMS_STORE_SQL_ROOM_STORE_H_
#define PARLOR_SERVICES_ROOMS_STORE_SQL_ROOM_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "services/common/sql/database.h"
#include "services/rooms/store/room_store.h"

namespace parlor::rooms {

using service::SqlDatabase;
using service::SqlResult;
using service::SqlTransaction;

class SqlRoomStore final : public RoomStore {
 public:
  explicit SqlRoomStore(std::unique_ptr<SqlDatabase> database) : database_(std::move(database)) {}

  // sql_room_store.cc
  absl::Status Create(const Room& room, absl::string_view skeleton, size_t max_owned) override;
  absl::StatusOr<Room> Find(absl::string_view name) override;
  absl::Status SetTopic(absl::string_view room_id, absl::string_view topic) override;
  absl::Status Remove(absl::string_view room_id) override;
  absl::StatusOr<Standing> FindStanding(absl::string_view room_id, absl::string_view user) override;
  absl::Status SetRole(absl::string_view room_id, absl::string_view user, Role role,
                       size_t max_standings) override;
  absl::Status Invite(absl::string_view room_id, absl::string_view user, size_t max_standings) override;
  absl::Status Ban(absl::string_view room_id, absl::string_view user, absl::Time at,
                   size_t max_standings) override;
  absl::Status Unban(absl::string_view room_id, absl::string_view user) override;
  absl::Status Kick(absl::string_view room_id, absl::string_view user, absl::Time at,
                    absl::Time held_until) override;

  // sql_room_list.cc
  absl::StatusOr<RoomChanges> ListChanges(int64_t since, size_t limit) override;
  absl::StatusOr<std::vector<ListedRoom>> ListRooms(absl::string_view after_id, size_t limit) override;
  absl::StatusOr<std::vector<Guest>> ListGuests(const Guest& after, size_t limit) override;

 private:
  const std::unique_ptr<SqlDatabase> database_;
};

// ---- steps that both files share

// From the columns of PARLOR_LISTED, which are the first.
Room RoomOf(const SqlResult& result, size_t row);

// What changed the list says so, as the last thing that its transaction does (room_sql.h).
absl::Status RecordRoomChange(SqlTransaction& transaction, absl::string_view room_id);
absl::Status RecordGuestChange(SqlTransaction& transaction, absl::string_view room_id,
                               absl::string_view user);

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_STORE_SQL_ROOM_STORE_H_
