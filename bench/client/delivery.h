// `delivery`: from sending a private message to its delivered mark, stored on both sides, one at a time.
#ifndef PARLOR_BENCH_CLIENT_DELIVERY_H_
#define PARLOR_BENCH_CLIENT_DELIVERY_H_

#include <vector>

#include "absl/status/statusor.h"
#include "bench/figure.h"

namespace parlor::bench {

// The floor: two commits of a row, one after the other, and a plain TLS echo.
absl::StatusOr<std::vector<Figure>> MeasureDelivery(const BenchOptions& options);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_DELIVERY_H_
