// The life of a service program: what it stands on, from its start to the end of its drain.
#ifndef PARLOR_SERVICES_COMMON_PROGRAM_HOST_H_
#define PARLOR_SERVICES_COMMON_PROGRAM_HOST_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/metrics/process_metrics.h"
#include "base/net/address.h"
#include "prometheus/registry.h"
#include "services/common/admin/admin_http.h"
#include "services/common/metrics/database_metrics.h"
#include "services/common/metrics/live_metrics.h"
#include "services/common/metrics/pool_metrics.h"
#include "services/common/readiness.h"
#include "services/common/rpc/server.h"
#include "services/common/service_settings.h"
#include "services/common/signals.h"
#include "services/common/trust.h"
#include "services/common/trusted_proxies.h"

namespace parlor::service {

// What a program serves, once it is made.
struct Serving {
  std::optional<ServiceTls> tls = {};  // none: plain text, only with ServiceSettings.insecure
  std::vector<ServedService> services = {};
  std::function<void(absl::Time deadline)> drain = nullptr;  // streams say goodbye; may be null
  // Where the admin port goes when the one of the settings is taken, such as "127.0.0.1:0"; empty: an error.
  std::string spare_admin = {};
  // Everything answers: at this gRPC port, and the admin port at this address. An error ends the program. May
  // be null.
  std::function<absl::Status(int port, const HostPort& admin)> on_serving = nullptr;
};

// Made at the start of main, before any thread, since threads inherit which signals are blocked. Outlives the
// modules, which take what they need from it.
class Host {
 public:
  // Sets up logging, and raises the soft limit of open files to the hard one: each stream is an open file.
  // INVALID_ARGUMENT names the setting that is wrong. `program` as people call it: "parlor-auth".
  static absl::StatusOr<std::unique_ptr<Host>> Create(std::string program, const ServiceSettings& settings);

  const Clock& clock() const { return clock_; }
  const TrustedProxies& proxies() const { return proxies_; }
  prometheus::Registry& registry() { return registry_; }
  PoolMetrics& pools() { return pools_; }
  DatabaseMetrics& databases() { return databases_; }
  LiveMetrics& live() { return live_; }
  Readiness& readiness() { return readiness_; }

  // For KeyClientOptions::on_fetched: shows when the keys of that service were fetched last, as
  // parlor_keys_fetched_timestamp_seconds{from}. Whoever was revoked since is not known to be.
  std::function<void()> FetchedFrom(const std::string& service);

  // Serves until SIGTERM or SIGINT, then drains. When it returns no handler runs any more, and nobody asks
  // readiness.
  absl::Status Serve(Serving serving);

 private:
  Host(std::string program, const ServiceSettings& settings, TrustedProxies proxies);
  absl::StatusOr<std::unique_ptr<AdminServer>> StartAdmin(const std::string& spare);

  SignalWaiter signals_;
  const std::string program_;
  const ServiceSettings settings_;
  const SystemClock clock_;
  const TrustedProxies proxies_;
  prometheus::Registry registry_;
  PoolMetrics pools_;
  DatabaseMetrics databases_;
  LiveMetrics live_;
  const ProcessMetrics process_;
  Readiness readiness_;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_PROGRAM_HOST_H_
