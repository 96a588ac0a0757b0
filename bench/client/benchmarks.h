// What this folder measures.
#ifndef PARLOR_BENCH_CLIENT_BENCHMARKS_H_
#define PARLOR_BENCH_CLIENT_BENCHMARKS_H_

#include <vector>

#include "bench/figure.h"

namespace parlor::bench {

std::vector<Benchmark> ClientBenchmarks();
std::vector<Role> ClientRoles();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_BENCHMARKS_H_
