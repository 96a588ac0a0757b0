// How many threads this process has.
#ifndef PARLOR_TESTS_SERVICES_COMMON_THREADS_H_
#define PARLOR_TESTS_SERVICES_COMMON_THREADS_H_

#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace parlor::testing {

inline int ThreadsOfThisProcess() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    int threads = 0;
    if (word == "Threads:" && status >> threads) return threads;
  }
  ADD_FAILURE() << "/proc/self/status names no threads";
  return 0;
}

// Of a process that does many calls at once: gRPC adds threads to its pools while all are busy, up to a few
// for each core, whoever is connected. Far below one for each of some hundred streams.
inline constexpr int kPoolsMayGrowBy = 16;

}  // namespace parlor::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_THREADS_H_
