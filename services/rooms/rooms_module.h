// The rooms service, wired: what parlor-rooms and parlord both serve.
#ifndef PARLOR_SERVICES_ROOMS_ROOMS_MODULE_H_
#define PARLOR_SERVICES_ROOMS_ROOMS_MODULE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "prometheus/registry.h"
#include "services/common/key_set.h"
#include "services/common/live/postgres/live_database.h"
#include "services/common/metrics/pool_metrics.h"
#include "services/common/revocations.h"
#include "services/common/rpc/server.h"
#include "services/common/sql/observed.h"
#include "services/common/token_verifier.h"
#include "services/common/trusted_proxies.h"
#include "services/rooms/rooms_options.h"

namespace parlor::rooms {

// All outlive the module.
struct RoomsNeeds {
  const Clock* clock = nullptr;
  std::string server_id;  // `iss` of what is signed
  const service::TokenVerifier* tokens = nullptr;
  service::Revocations* revocations = nullptr;       // revoked devices leave at once
  const service::TrustedProxies* proxies = nullptr;  // null: trusts none
  prometheus::Registry* registry = nullptr;
  service::PoolMetrics* pools = nullptr;     // queue depths; may be null
  service::SqlObserver* database = nullptr;  // its timings; may be null
  live::LiveObserver* live = nullptr;        // may be null
};

// Thread-safe.
class RoomsModule {
 public:
  // Opens the store (migrating it), opens or makes the signing keys, and starts its threads: when it returns,
  // everything works. INVALID_ARGUMENT names the option that is wrong.
  static absl::StatusOr<std::unique_ptr<RoomsModule>> Open(const RoomsOptions& options,
                                                           const RoomsNeeds& needs);
  // After the server that serves it.
  ~RoomsModule();
  RoomsModule(const RoomsModule&) = delete;
  RoomsModule& operator=(const RoomsModule&) = delete;

  service::ServedService service();

  // What introductions and tickets are verified with; kept fresh, for presence in the same process.
  const service::KeySet& keys() const;

  // OK when the database answers: for Readiness.
  absl::Status CheckReady();

  // For Server::AddDrainHook: takes no new streams, and tells every member to come back elsewhere. The
  // module's end waits until `deadline` for those on their way to another replica.
  void Drain(absl::Time deadline);

 private:
  struct Wiring;
  explicit RoomsModule(std::unique_ptr<Wiring> wiring);
  std::unique_ptr<Wiring> wiring_;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOMS_MODULE_H_
