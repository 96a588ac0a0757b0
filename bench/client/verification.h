// The floor of everything signed: P-256 verifications alone.
#ifndef PARLOR_BENCH_CLIENT_VERIFICATION_H_
#define PARLOR_BENCH_CLIENT_VERIFICATION_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace parlor::bench {

// A second, on one processor, of a signed message of a room with 100 B of text. Blocks for `duration`.
absl::StatusOr<double> VerificationRate(absl::Duration duration);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_VERIFICATION_H_
