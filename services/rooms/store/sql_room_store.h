// The room store in SQL, for any SqlDatabase whose schema is there.
#ifndef PARLOR_SERVICES_ROOMS_STORE_SQL_ROOM_STORE_H_
#define PARLOR_SERVICES_ROOMS_STORE_SQL_ROOM_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "services/rooms/store/room_store.h"
#include "services/rooms/store/sql.h"

namespace parlor::rooms {

class SqlRoomStore final : public RoomStore {
 public:
  explicit SqlRoomStore(std::unique_ptr<SqlDatabase> database) : database_(std::move(database)) {}

  absl::Status Create(const Room& room, absl::string_view skeleton, size_t max_owned) override;
  absl::StatusOr<Room> Find(absl::string_view name) override;
  absl::StatusOr<std::vector<Room>> List(const RoomQuery& query) override;
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

 private:
  const std::unique_ptr<SqlDatabase> database_;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_STORE_SQL_ROOM_STORE_H_
