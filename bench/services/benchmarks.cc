#include "bench/services/benchmarks.h"

namespace parlor::bench {

std::vector<Benchmark> ServiceBenchmarks() {
  return {};
}

std::vector<Role> ServiceRoles() {
  return {};
}

}  // namespace parlor::bench
