// What auth does by itself: it follows the store and the key directory, which other replicas and admin
// commands change, and forgets what nobody needs.
#ifndef PARLOR_SERVICES_AUTH_MAINTENANCE_H_
#define PARLOR_SERVICES_AUTH_MAINTENANCE_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "services/auth/revocation_publisher.h"
#include "services/auth/store/account_store.h"
#include "services/common/key_set.h"
#include "services/common/signing_keys.h"

namespace parlor::auth {

struct MaintenanceOptions {
  absl::Duration revocation_interval = absl::Seconds(1);  // one small query; a suspension takes this long
  // Far below the publish delay of new keys.
  absl::Duration key_interval = absl::Seconds(10);
  absl::Duration sweep_interval = absl::Hours(1);
};

struct MaintenanceParts {  // all outlive Maintenance
  const Clock* clock = nullptr;
  AccountStore* store = nullptr;
  service::SigningKeys* signing_keys = nullptr;
  service::KeySet* keys = nullptr;
  RevocationPublisher* revocations = nullptr;
};

// One thread, from construction to destruction. Failures are logged when they begin and when they end.
class Maintenance {
 public:
  Maintenance(const MaintenanceParts& parts, const MaintenanceOptions& options);
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

 private:
  // Something done again and again, each time `interval` after the last.
  struct Task {
    const char* what;
    absl::Duration interval;
    absl::Status (Maintenance::*run)(absl::Time now);
    absl::Duration left = absl::ZeroDuration();
    bool failing = false;
  };

  void Run();
  bool WaitForTurn(absl::Duration pause);
  void RunTask(Task& task);

  absl::Status PublishRevocations(absl::Time now);
  absl::Status ReloadKeys(absl::Time now);
  absl::Status Sweep(absl::Time now);

  const MaintenanceParts parts_;
  const MaintenanceOptions options_;

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_MAINTENANCE_H_
