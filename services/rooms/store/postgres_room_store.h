// Rooms in PostgreSQL: for as many processes as one likes.
#ifndef PARLOR_SERVICES_ROOMS_STORE_POSTGRES_ROOM_STORE_H_
#define PARLOR_SERVICES_ROOMS_STORE_POSTGRES_ROOM_STORE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "services/common/postgres/pool.h"
#include "services/rooms/store/room_store.h"

namespace parlor::rooms {

// Brings the schema to the newest version first; several replicas may do so at once. The store serves as
// many calls at a time as the pool has connections, and reconnects by itself.
absl::StatusOr<std::unique_ptr<RoomStore>> OpenPostgresRoomStore(
    const service::postgres::PoolOptions& options);

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_STORE_POSTGRES_ROOM_STORE_H_
