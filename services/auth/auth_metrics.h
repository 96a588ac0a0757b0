// What auth counts: parlor_auth_registrations_total, parlor_auth_logins_total{result},
// parlor_auth_password_hash_seconds, parlor_auth_refresh_reuse_total, parlor_auth_revoked_devices.
#ifndef PARLOR_SERVICES_AUTH_AUTH_METRICS_H_
#define PARLOR_SERVICES_AUTH_AUTH_METRICS_H_

#include <array>
#include <cstddef>

#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace parlor::auth {

enum class LoginResult {
  kOk,
  kWrong,      // name or password
  kThrottled,  // refused before the password was looked at
  kSuspended,
  kBusy,     // too many hashes at once
  kInvalid,  // the request breaks a rule
  kFailed,   // the store, or another fault of the server
};
inline constexpr size_t kLoginResults = 7;

// Thread-safe. All metrics are there from the start, so that a rate from zero is seen.
class AuthMetrics {
 public:
  // `registry` outlives this.
  explicit AuthMetrics(prometheus::Registry& registry);

  void CountRegistration() { registrations_.Increment(); }
  void CountLogin(LoginResult result) { logins_[static_cast<size_t>(result)]->Increment(); }
  void CountRefreshReuse() { refresh_reuse_.Increment(); }
  void ObserveHash(absl::Duration took) { hash_seconds_.Observe(absl::ToDoubleSeconds(took)); }
  void SetRevokedDevices(size_t devices) { revoked_devices_.Set(static_cast<double>(devices)); }

 private:
  prometheus::Counter& registrations_;
  std::array<prometheus::Counter*, kLoginResults> logins_;
  prometheus::Counter& refresh_reuse_;
  prometheus::Histogram& hash_seconds_;
  prometheus::Gauge& revoked_devices_;
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_AUTH_METRICS_H_
