// How fast passwords may be tried: delays that double with every wrong one, per account and per address.
//
// An account is never locked for good. Whoever is told to wait because of an account is promised a turn at
// that moment, which nobody else's attempts put off: so the owner of an account that is under attack waits at
// most `max_delay`. (Behind one address with the attacker, the address' own delay comes on top, and is the
// same for all of them.) Names without an account are throttled alike, so that throttling tells nobody which
// exist.
#ifndef PARLOR_SERVICES_AUTH_RULES_LOGIN_THROTTLE_H_
#define PARLOR_SERVICES_AUTH_RULES_LOGIN_THROTTLE_H_

#include <cstddef>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/auth/rules/lru_map.h"

namespace parlor::auth {

struct LoginThrottleOptions {
  // Attempts under way count as wrong until they turn out right, so this also bounds those of one account at
  // once. NIST SP 800-63B §5.2.2 wants under 100.
  int free_failures_per_account = 10;
  // Many people may share an address.
  int free_failures_per_address = 200;
  absl::Duration first_delay = absl::Seconds(1);  // after the first failure that is not free; then doubled
  absl::Duration max_delay = absl::Minutes(1);    // 1,440 attempts a day at most, from one address
  // Without an attempt for this long, failures are forgotten.
  absl::Duration forget_after = absl::Minutes(15);
  // Entries of each of the three maps (about 200 bytes each). At the bound the one unused for longest is
  // forgotten; to push one out, an attacker has to spend as many attempts.
  size_t max_entries = 65'536;
};

// Reads no clock. Thread-safe. `account` is a canonical name, `ip` a canonical address; of IPv6 the first 64
// bits count, which is what one customer gets. An empty `ip` (Unix sockets) is an address like any other.
class LoginThrottle {
 public:
  explicit LoginThrottle(const LoginThrottleOptions& options);

  // Before a password is looked at. OK: go ahead, and the attempt counts as wrong unless one of the two below
  // is called. RESOURCE_EXHAUSTED with RetryAfter(): not now; a refusal makes no delay longer.
  absl::Status Begin(absl::string_view account, absl::string_view ip, absl::Time now);

  // The password was right: the account starts anew.
  void Succeeded(absl::string_view account, absl::string_view ip);

  // The password was not looked at after all (the server was busy).
  void Withdraw(absl::string_view account, absl::string_view ip);

 private:
  struct Gate {
    int failures = 0;
    absl::Time closed_until = absl::InfinitePast();
    absl::Time last = absl::InfinitePast();
  };

  absl::Duration DelayAfter(int failures, int free) const;
  // How long the gate stays closed; zero when it is open.
  absl::Duration Closed(LruMap<Gate>& gates, absl::string_view key, absl::Time now) const;
  // How long the caller of a closed account has to wait for the turn that it was promised.
  absl::Duration WaitForTurn(absl::string_view turn, absl::Duration closed, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Charge(Gate& gate, int free, absl::Time now) const;
  static void Refund(LruMap<Gate>& gates, absl::string_view key);

  const LoginThrottleOptions options_;

  absl::Mutex mutex_;
  LruMap<Gate> accounts_ ABSL_GUARDED_BY(mutex_);
  LruMap<Gate> addresses_ ABSL_GUARDED_BY(mutex_);
  LruMap<absl::Time> turns_ ABSL_GUARDED_BY(mutex_);  // by address and account: from when it may try
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_RULES_LOGIN_THROTTLE_H_
