#include "base/metrics/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "prometheus/metric_family.h"

namespace parlor {
namespace {

// Fields of /proc/<pid>/stat after the name, counted as in proc(5) minus 3.
constexpr int kUserTicks = 11;
constexpr int kSystemTicks = 12;
constexpr int kThreads = 17;
constexpr int kStartTicks = 19;
constexpr int kVirtualBytes = 20;
constexpr int kResidentPages = 21;

std::vector<double> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t name_end = text.rfind(')');  // the name may hold anything
  std::vector<double> fields;
  if (name_end == std::string::npos) return fields;
  std::istringstream rest(text.substr(name_end + 2));
  std::string state;
  rest >> state;
  fields.push_back(0);
  for (double value = 0; rest >> value;) fields.push_back(value);
  return fields;
}

double BootTimeSeconds() {
  std::ifstream file("/proc/stat");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("btime ", 0) == 0) return std::stod(line.substr(6));
  }
  return 0;
}

double OpenFiles() {
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  const absl::Cleanup close = [directory] { ::closedir(directory); };
  int count = -3;  // ".", ".." and this directory
  while (::readdir(directory) != nullptr) ++count;
  return count;
}

double MaxFiles() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

prometheus::MetricFamily Family(const std::string& name, const char* help, prometheus::MetricType type,
                                double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return {name, help, type, {std::move(metric)}};
}

}  // namespace

ProcessMetrics::ProcessMetrics(std::string program, std::string version, std::string prefix)
    : program_(std::move(program)), version_(std::move(version)), prefix_(std::move(prefix)) {}

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  using Type = prometheus::MetricType;
  prometheus::MetricFamily build =
      Family("parlor_build_info", "1, with what was built as labels.", Type::Gauge, 1);
  build.metric.front().label = {{"program", program_}, {"version", version_}};
  std::vector<prometheus::MetricFamily> families = {std::move(build)};
  families.push_back(Family("parlor_time_seconds", "The clock of this process, in seconds since the epoch.",
                            Type::Gauge, absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch())));
  const auto named = [this](const char* name) { return absl::StrCat(prefix_, name); };
  families.push_back(Family(named("process_open_fds"), "Open files and sockets.", Type::Gauge, OpenFiles()));
  families.push_back(
      Family(named("process_max_fds"), "Limit of open files and sockets.", Type::Gauge, MaxFiles()));

  const std::vector<double> stat = StatFields();
  if (stat.size() <= kResidentPages) return families;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  families.push_back(Family(named("process_cpu_seconds_total"), "CPU time of the process, user and system.",
                            Type::Counter, (stat[kUserTicks] + stat[kSystemTicks]) / ticks));
  families.push_back(Family(named("process_resident_memory_bytes"), "Memory that is in RAM.", Type::Gauge,
                            stat[kResidentPages] * static_cast<double>(::sysconf(_SC_PAGESIZE))));
  families.push_back(Family(named("process_virtual_memory_bytes"), "Address space in use.", Type::Gauge,
                            stat[kVirtualBytes]));
  families.push_back(Family(named("process_threads"), "Threads.", Type::Gauge, stat[kThreads]));
  families.push_back(Family(named("process_start_time_seconds"), "Start, in seconds since the epoch.",
                            Type::Gauge, BootTimeSeconds() + stat[kStartTicks] / ticks));
  return families;
}

}  // namespace parlor
