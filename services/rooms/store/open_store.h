// Opens the room store on either database.
#ifndef PARLOR_SERVICES_ROOMS_STORE_OPEN_STORE_H_
#define PARLOR_SERVICES_ROOMS_STORE_OPEN_STORE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "services/common/sql/open.h"
#include "services/rooms/store/room_store.h"

namespace parlor::rooms {

// What SqlOptions allows goes for the store: PostgreSQL serves any number of replicas, SQLite one.
absl::StatusOr<std::unique_ptr<RoomStore>> OpenRoomStore(const service::SqlOptions& options);

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_STORE_OPEN_STORE_H_
