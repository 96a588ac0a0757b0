// Everything that rooms can be told.
#ifndef PARLOR_SERVICES_ROOMS_ROOMS_OPTIONS_H_
#define PARLOR_SERVICES_ROOMS_ROOMS_OPTIONS_H_

#include <cstddef>
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/common/key_ring.h"
#include "services/common/live/in_process_directory.h"
#include "services/common/stream/session_set.h"
#include "services/common/stream/stream_options.h"
#include "services/rooms/room_limits.h"
#include "services/rooms/room_password.h"
#include "services/rooms/tickets.h"

namespace CLI {
class App;
}

namespace parlor::rooms {

struct RoomsOptions {
  // ---- set by whoever wires the process
  std::string database;  // "postgresql://…", or the path of an SQLite file, made if there is none
  std::filesystem::path keys_directory;  // signing keys, shared by all replicas; made if there is none

  // ---- settings: AddRoomsSettings gives the first ones flags
  RoomLimits limits;
  service::StreamOptions stream;
  service::SessionSetOptions sessions;
  live::DirectoryOptions directory;
  service::KeyRingOptions key_ring;
  // For SQL and Argon2id: as many threads as connections, hashing with at most 4 MiB each.
  int threads = 4;
  // Calls that may wait for a thread. Entries after a restart come in a burst; 1 ms each is half a second.
  size_t queue = 512;
  // A goodbye tells members to come back after a random part of this, so that they do not come at once.
  absl::Duration goodbye_spread = absl::Seconds(5);

  TicketOptions tickets;
  RoomPasswordCost password_cost;
  // How often deadlines, renewals and reconnect graces are looked at.
  absl::Duration tick = absl::Milliseconds(500);
  // How often the list of rooms is read from the database for what other replicas changed: what they do is
  // listed here that much later, and each replica asks as often.
  absl::Duration list_refresh = absl::Seconds(2);
  // How often the signing keys are read again (SigningKeys::Reload).
  absl::Duration key_reload = absl::Seconds(30);
};

// Flags with their environment variables (services/common/config.h). `options` outlives parsing.
void AddRoomsSettings(CLI::App& app, RoomsOptions& options);

// INVALID_ARGUMENT names the setting that makes no sense.
absl::Status Validate(const RoomsOptions& options);

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOMS_OPTIONS_H_
