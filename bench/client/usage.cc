#include "bench/client/usage.h"

#include <ctime>

namespace parlor::bench {

Usage operator-(const Usage& later, const Usage& earlier) {
  return {later.loop_seconds - earlier.loop_seconds, later.store_seconds - earlier.store_seconds,
          later.commits - earlier.commits, later.messages - earlier.messages};
}

nlohmann::json ToJson(const Usage& usage) {
  return {{"loop_seconds", usage.loop_seconds},
          {"store_seconds", usage.store_seconds},
          {"commits", usage.commits},
          {"messages", usage.messages}};
}

Usage UsageFromJson(const nlohmann::json& json) {
  return {json["loop_seconds"], json["store_seconds"], json["commits"], json["messages"]};
}

double ThreadSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace parlor::bench
