// Keeps a number of unary calls in flight and counts the answers. Messages stay bytes, so that reading an
// answer costs the same whoever gave it.
#ifndef PARLOR_BENCH_SERVICES_UNARY_LOAD_H_
#define PARLOR_BENCH_SERVICES_UNARY_LOAD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/services/channels.h"

namespace parlor::bench {

struct UnaryLoad {
  Target target;
  std::string method;                 // "/parlor.presence.v1.Presence/Lookup"
  std::vector<std::string> requests;  // serialised; each call in flight takes them in turns
  std::vector<std::string> tokens;    // one for each connection, as of one client; empty: none
  int connections = 4;
  int in_flight = 32;
  absl::Duration warm_up = absl::Milliseconds(300);
  absl::Duration measured = absl::Seconds(2);
};

struct UnaryResult {
  double per_second = 0;
  absl::Duration p50;
  absl::Duration p99;
  int64_t calls = 0;        // those of the warm-up included
  double answer_bytes = 0;  // mean
};

// Blocks until the load is over. The status of the first call that failed, if one did.
absl::StatusOr<UnaryResult> Run(const UnaryLoad& load);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_UNARY_LOAD_H_
