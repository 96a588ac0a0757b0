// The rooms service, wired: what parlor-rooms and parlord both serve.
#ifndef PARLOR_SERVICES_ROOMS_ROOMS_MODULE_H_
#define PARLOR_SERVICES_ROOMS_ROOMS_MODULE_H_

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "prometheus/registry.h"
#include "services/common/key_ring.h"
#include "services/common/key_set.h"
#include "services/common/live/in_process_directory.h"
#include "services/common/readiness.h"
#include "services/common/revocations.h"
#include "services/common/rpc/server.h"
#include "services/common/stream/session_set.h"
#include "services/common/stream/stream_options.h"
#include "services/common/token_verifier.h"
#include "services/common/trusted_proxies.h"
#include "services/rooms/room_limits.h"
#include "services/rooms/room_password.h"
#include "services/rooms/tickets.h"

namespace parlor::rooms {

struct RoomsModuleOptions {
  std::string server_id;  // `iss` of what is signed
  // Of `keys/rooms/` and, without a database, of `rooms.db`.
  std::filesystem::path data;
  std::string database;  // PostgreSQL URI; empty: SQLite in `data`

  RoomLimits limits;
  TicketOptions tickets;
  RoomPasswordCost password_cost;
  service::KeyRingOptions key_ring;
  service::StreamOptions stream;
  service::SessionSetOptions sessions;
  live::DirectoryOptions directory;

  // For SQL and Argon2id: 4 threads hash with at most 16 MiB, and are as many as the connections used.
  int threads = 4;
  // Calls that may wait for a thread. Entries after a restart come in a burst; 1 ms each is half a second.
  size_t queue = 512;
  // How often deadlines, renewals and reconnect graces are looked at.
  absl::Duration tick = absl::Milliseconds(500);
  // How often signing keys are read again (SigningKeys::Reload).
  absl::Duration key_reload = absl::Seconds(30);
  // Goodbyes tell members to come back after a random part of this.
  absl::Duration goodbye_spread = absl::Seconds(5);
};

// What the module shares with others; all of it outlives the module.
struct RoomsModuleParts {
  const Clock* clock = nullptr;
  const service::TokenVerifier* tokens = nullptr;
  service::Revocations* revocations = nullptr;  // revoked devices leave at once
  const service::TrustedProxies* proxies = nullptr;
  prometheus::Registry* registry = nullptr;
};

// Thread-safe.
class RoomsModule {
 public:
  // Makes what is missing in `data`, brings the schema to the newest version, and starts its threads.
  static absl::StatusOr<std::unique_ptr<RoomsModule>> Open(const RoomsModuleOptions& options,
                                                           const RoomsModuleParts& parts);
  // The server that serves it has been drained.
  ~RoomsModule();

  service::ServedService service();

  // What introductions and tickets are verified with; kept fresh, for presence in the same process.
  const service::KeySet* keys() const;

  // Checks that the store answers.
  void AddReadiness(service::Readiness& readiness);

  // For Server::AddDrainHook: members are told to come back elsewhere, and nobody enters any more.
  void SayGoodbye();

 private:
  struct Wiring;
  explicit RoomsModule(std::unique_ptr<Wiring> wiring);
  std::unique_ptr<Wiring> wiring_;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOMS_MODULE_H_
