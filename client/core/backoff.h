// How long to wait before the next try: longer each time, with jitter, so that a thousand clients that
// lost one server do not come back in one moment. Pure but for randomness.
#ifndef PARLOR_CLIENT_CORE_BACKOFF_H_
#define PARLOR_CLIENT_CORE_BACKOFF_H_

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"
#include "base/random.h"

namespace parlor::client {

// Between 75 % and 125 % of `delay`.
inline absl::Duration Jittered(absl::Duration delay) {
  return delay * (0.75 + 0.5 * (static_cast<double>(RandomUint64() >> 11) * 0x1.0p-53));
}

class Backoff {
 public:
  Backoff(absl::Duration first, absl::Duration last, int factor = 2)
      : first_(first), last_(last), factor_(factor), next_(first) {}

  absl::Duration Next() {
    const absl::Duration delay = next_;
    next_ = std::min(next_ * factor_, last_);
    return Jittered(delay);
  }
  void Reset() { next_ = first_; }
  void Slowest() { next_ = last_; }

 private:
  absl::Duration first_;
  absl::Duration last_;
  int factor_;
  absl::Duration next_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_BACKOFF_H_
