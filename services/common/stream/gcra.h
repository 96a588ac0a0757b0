// How fast one stream may send, in 8 bytes: the generic cell rate algorithm (ITU-T I.371), a leaky bucket
// that remembers only when it will be empty. Pure: `now` is handed in. Not thread-safe. For limits by name or
// address, which outlive a stream, see services/common/rate_limiter.h.
#ifndef PARLOR_SERVICES_COMMON_STREAM_GCRA_H_
#define PARLOR_SERVICES_COMMON_STREAM_GCRA_H_

#include <algorithm>

#include "absl/time/time.h"

namespace parlor::service {

struct Rate {
  absl::Duration interval;  // one event each, on average
  int burst = 1;            // as many may come at once after a quiet time
};

class Gcra {
 public:
  // True, and counted, if one more event keeps to `rate`; else false, and not counted.
  bool Allow(const Rate& rate, absl::Time now) {
    const absl::Time empty_at = std::max(empty_at_, now);
    if (empty_at + rate.interval > now + rate.interval * rate.burst) return false;
    empty_at_ = empty_at + rate.interval;
    return true;
  }

 private:
  absl::Time empty_at_ = absl::InfinitePast();
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_STREAM_GCRA_H_
