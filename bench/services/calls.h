// Unary calls with a valid token, against a bare gRPC server that answers as many bytes.
#ifndef PARLOR_BENCH_SERVICES_CALLS_H_
#define PARLOR_BENCH_SERVICES_CALLS_H_

#include "bench/figure.h"

namespace parlor::bench {

// Presence.Lookup of 500 people, and Rooms.ListRooms in pages of 50 over 500 rooms with a member each.
Benchmark CallsBenchmark();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_CALLS_H_
