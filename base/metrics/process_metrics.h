// What dashboards expect of any process: its CPU, memory, files and threads, what it was built from, its
// clock.
#ifndef PARLOR_BASE_METRICS_PROCESS_METRICS_H_
#define PARLOR_BASE_METRICS_PROCESS_METRICS_H_

#include <memory>
#include <string>
#include <vector>

#include "prometheus/collectable.h"

namespace parlor {

// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds,
// process_max_fds, process_threads, process_start_time_seconds (the names of the Prometheus client
// libraries), read from /proc at each scrape; parlor_build_info{program,version} 1; and parlor_time_seconds,
// which tells a clock that is off. Thread-safe.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  // `prefix` goes before the names that start with process_: where one scrape shows several processes, theirs
  // must not meet.
  ProcessMetrics(std::string program, std::string version, std::string prefix = {});
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::string program_;
  const std::string version_;
  const std::string prefix_;
};

}  // namespace parlor

#endif  // PARLOR_BASE_METRICS_PROCESS_METRICS_H_
