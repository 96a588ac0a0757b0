// `private` and `room`: messages a second from one person to another, stored and marked delivered.
#ifndef PARLOR_BENCH_CLIENT_THROUGHPUT_H_
#define PARLOR_BENCH_CLIENT_THROUGHPUT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "bench/figure.h"

namespace parlor::bench {

// In a private chat; against frames over plain TLS, and rows in SQLite, each alone.
absl::StatusOr<std::vector<Figure>> MeasurePrivate(const BenchOptions& options);

// In a room of two; against verifying signatures and nothing else.
absl::StatusOr<std::vector<Figure>> MeasureSigned(const BenchOptions& options);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_THROUGHPUT_H_
