#include "base/metrics/process_metrics.h"

#include <fcntl.h>
#include <unistd.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "prometheus/metric_family.h"

namespace parlor {
namespace {

double Value(const ProcessMetrics& metrics, const std::string& name) {
  for (const prometheus::MetricFamily& family : metrics.Collect()) {
    if (family.name != name) continue;
    const prometheus::ClientMetric& metric = family.metric.at(0);
    return family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
  }
  ADD_FAILURE() << name << " is missing";
  return 0;
}

TEST(ProcessMetrics, AreTrue) {
  const ProcessMetrics metrics("parlord", "1.2.3");
  EXPECT_GT(Value(metrics, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(Value(metrics, "process_virtual_memory_bytes"), Value(metrics, "process_resident_memory_bytes"));
  EXPECT_GE(Value(metrics, "process_threads"), 1);
  EXPECT_GE(Value(metrics, "process_max_fds"), Value(metrics, "process_open_fds"));
  const double now = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  EXPECT_NEAR(Value(metrics, "process_start_time_seconds"), now, 600);

  const double before = Value(metrics, "process_open_fds");
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(Value(metrics, "process_open_fds"), before + 1);
  ::close(fd);
}

TEST(ProcessMetrics, CpuTimeGrowsWithWork) {
  const ProcessMetrics metrics("parlord", "1.2.3");
  const double before = Value(metrics, "process_cpu_seconds_total");
  while (Value(metrics, "process_cpu_seconds_total") == before) {
  }
}

TEST(ProcessMetrics, TellTheTime) {
  const ProcessMetrics metrics("parlord", "1.2.3");
  const absl::Time before = absl::Now();
  const double told = Value(metrics, "parlor_time_seconds");
  EXPECT_GE(told, absl::ToDoubleSeconds(before - absl::UnixEpoch()));
  EXPECT_LE(told, absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
}

TEST(ProcessMetrics, APrefixKeepsTwoProcessesApart) {
  const ProcessMetrics metrics("parlor", "1.2.3", "parlor_client_");
  EXPECT_GE(Value(metrics, "parlor_client_process_threads"), 1);
  for (const prometheus::MetricFamily& family : metrics.Collect()) {
    EXPECT_NE(family.name.rfind("process_", 0), 0U) << family.name;
  }
}

TEST(ProcessMetrics, SayWhatWasBuilt) {
  const std::vector<prometheus::MetricFamily> families = ProcessMetrics("parlord", "1.2.3").Collect();
  ASSERT_EQ(families.front().name, "parlor_build_info");
  EXPECT_EQ(families.front().metric[0].gauge.value, 1);
  ASSERT_EQ(families.front().metric[0].label.size(), 2U);
  EXPECT_EQ(families.front().metric[0].label[0].value, "parlord");
  EXPECT_EQ(families.front().metric[0].label[1].value, "1.2.3");
}

}  // namespace
}  // namespace parlor
