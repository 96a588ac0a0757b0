// What this folder measures.
#ifndef PARLOR_BENCH_SERVICES_BENCHMARKS_H_
#define PARLOR_BENCH_SERVICES_BENCHMARKS_H_

#include <vector>

#include "bench/figure.h"

namespace parlor::bench {

std::vector<Benchmark> ServiceBenchmarks();
std::vector<Role> ServiceRoles();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_BENCHMARKS_H_
