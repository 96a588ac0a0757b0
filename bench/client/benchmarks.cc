#include "bench/client/benchmarks.h"

namespace parlor::bench {

std::vector<Benchmark> ClientBenchmarks() {
  return {};
}

std::vector<Role> ClientRoles() {
  return {};
}

}  // namespace parlor::bench
