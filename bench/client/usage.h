// What the threads of one person's client have used so far.
#ifndef PARLOR_BENCH_CLIENT_USAGE_H_
#define PARLOR_BENCH_CLIENT_USAGE_H_

#include <cstdint>

#include "nlohmann/json.hpp"

namespace parlor::bench {

struct Usage {
  double loop_seconds = 0;   // processor time of the loop's thread
  double store_seconds = 0;  // and of the store's
  int64_t commits = 0;       // transactions of the store
  int64_t messages = 0;      // shown: what others wrote
};

Usage operator-(const Usage& later, const Usage& earlier);
nlohmann::json ToJson(const Usage& usage);
Usage UsageFromJson(const nlohmann::json& json);

// Processor time of the calling thread.
double ThreadSeconds();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_USAGE_H_
