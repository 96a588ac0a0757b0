// How often each key (an address, an account) may do something: a token bucket for each.
#ifndef PARLOR_SERVICES_COMMON_RATE_LIMITER_H_
#define PARLOR_SERVICES_COMMON_RATE_LIMITER_H_

#include <cstddef>
#include <list>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace parlor::service {

struct RateLimiterOptions {
  double per_second = 1;  // tokens that come back each second; more than 0
  double burst = 10;      // tokens in a full bucket, with which a key starts; at least 1
  // Keys remembered. At the bound the one unused for longest is forgotten, which gives it a full bucket
  // again: with 100,000 (about 15 MB) that takes as many other keys since its last use.
  size_t max_keys = 100'000;
};

// Reads no clock: `now` is handed in, and a clock that goes back gives nothing and takes nothing.
// Thread-safe.
class RateLimiter {
 public:
  explicit RateLimiter(RateLimiterOptions options) : options_(options) {}

  // Takes `tokens` from the key's bucket and returns zero; or takes nothing and returns how long the key
  // has to wait until there are enough (InfiniteDuration for more than `burst`).
  [[nodiscard]] absl::Duration Take(absl::string_view key, absl::Time now, double tokens = 1);

  // The same as a status: OK, or RESOURCE_EXHAUSTED "`what`: try again in …" with RetryAfter().
  absl::Status Check(absl::string_view key, absl::Time now, absl::string_view what);

  size_t keys() const;

 private:
  struct Bucket {
    std::string key;
    double tokens;
    absl::Time at;
  };

  double Refilled(const Bucket& bucket, absl::Time now) const;
  Bucket& Touch(absl::string_view key, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const RateLimiterOptions options_;

  mutable absl::Mutex mutex_;
  std::list<Bucket> buckets_ ABSL_GUARDED_BY(mutex_);  // least recently used first
  absl::flat_hash_map<absl::string_view, std::list<Bucket>::iterator> by_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_RATE_LIMITER_H_
