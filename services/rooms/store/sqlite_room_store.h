// Rooms in an embedded SQLite file: for one process.
#ifndef PARLOR_SERVICES_ROOMS_STORE_SQLITE_ROOM_STORE_H_
#define PARLOR_SERVICES_ROOMS_STORE_SQLITE_ROOM_STORE_H_

#include <filesystem>
#include <memory>

#include "absl/status/statusor.h"
#include "base/sqlite/database.h"
#include "services/rooms/store/room_store.h"

namespace parlor::rooms {

// Makes the file, or brings its schema to the newest version. The store serves one call at a time.
absl::StatusOr<std::unique_ptr<RoomStore>> OpenSqliteRoomStore(const std::filesystem::path& path,
                                                               const sqlite::Options& options = {});

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_STORE_SQLITE_ROOM_STORE_H_
