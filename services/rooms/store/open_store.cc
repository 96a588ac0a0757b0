#include "services/rooms/store/open_store.h"

#include <utility>

#include "base/status.h"
#include "services/rooms/store/room_sql.h"
#include "services/rooms/store/sql_room_store.h"

namespace parlor::rooms {

absl::StatusOr<std::unique_ptr<RoomStore>> OpenRoomStore(const service::SqlOptions& options) {
  PARLOR_ASSIGN_OR_RETURN(auto database, service::OpenSql(options, sql::Schema()));
  return std::make_unique<SqlRoomStore>(std::move(database));
}

}  // namespace parlor::rooms
