// "Try again in …": how long to wait, carried by an absl::Status beside its code. Pure; thread-safe.
// Over gRPC it travels as google.rpc.RetryInfo (base/rpc/status.h).
#ifndef PARLOR_BASE_RETRY_H_
#define PARLOR_BASE_RETRY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace parlor {

// `status` (not OK) with the wish that nobody tries again before `delay`, which is rounded up to
// milliseconds and kept within 0 to 24 h.
absl::Status WithRetryAfter(absl::Status status, absl::Duration delay);

// The wish in `status`, if it has one.
std::optional<absl::Duration> RetryAfter(const absl::Status& status);

}  // namespace parlor

#endif  // PARLOR_BASE_RETRY_H_
