// What dashboards expect of any process: process_* and build_info.
#ifndef PARLOR_SERVICES_COMMON_METRICS_PROCESS_METRICS_H_
#define PARLOR_SERVICES_COMMON_METRICS_PROCESS_METRICS_H_

#include <memory>
#include <string>
#include <vector>

#include "prometheus/collectable.h"

namespace parlor::service {

// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds,
// process_max_fds, process_threads, process_start_time_seconds (the names of the Prometheus client
// libraries), read from /proc at each scrape; and parlor_build_info{program,version} 1. Thread-safe.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  ProcessMetrics(std::string program, std::string version);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::string program_;
  const std::string version_;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_METRICS_PROCESS_METRICS_H_
