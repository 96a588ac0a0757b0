// Auth, wired: what parlor-auth and parlord run.
#ifndef PARLOR_SERVICES_AUTH_AUTH_MODULE_H_
#define PARLOR_SERVICES_AUTH_AUTH_MODULE_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "prometheus/registry.h"
#include "services/auth/auth_options.h"
#include "services/common/key_set.h"
#include "services/common/metrics/pool_metrics.h"
#include "services/common/revocations.h"
#include "services/common/rpc/server.h"
#include "services/common/sql/observed.h"
#include "services/common/token_verifier.h"

namespace parlor::auth {

// Thread-safe. Destroy it after the server that serves it.
class AuthModule {
 public:
  // Opens the store (migrating it), opens or makes the signing keys and publishes the revocation list: when
  // it returns, everything works. `clock`, `registry`, `pools` (queue depths; may be null) and `database`
  // (its timings; may be null) outlive the module. INVALID_ARGUMENT names the option that is wrong.
  static absl::StatusOr<std::unique_ptr<AuthModule>> Create(const AuthOptions& options, const Clock* clock,
                                                            prometheus::Registry* registry,
                                                            service::PoolMetrics* pools = nullptr,
                                                            service::SqlObserver* database = nullptr);
  ~AuthModule();

  // For service::Server; its calls must have ended before the module does.
  service::ServedService service();

  // For the other services in this process; they live as long as the module.
  const service::KeySet& keys() const;
  service::Revocations& revocations();
  const service::TokenVerifier& tokens() const;

  // OK when the database answers: for Readiness.
  absl::Status CheckReady();

  // Ends the threads: after this no call may arrive. Again: no effect. The destructor does it too.
  void Stop();

 private:
  struct State;
  explicit AuthModule(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_AUTH_MODULE_H_
