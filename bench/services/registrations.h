// Many people at once: that all of them are served, how fast, and in how much memory.
#ifndef PARLOR_BENCH_SERVICES_REGISTRATIONS_H_
#define PARLOR_BENCH_SERVICES_REGISTRATIONS_H_

#include "bench/figure.h"

namespace parlor::bench {

// BenchOptions::people registrations, then as many logins; an error when one of them does not succeed.
Benchmark RegistrationsBenchmark();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_REGISTRATIONS_H_
