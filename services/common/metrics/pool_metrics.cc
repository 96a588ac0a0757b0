#include "services/common/metrics/pool_metrics.h"

#include <utility>

#include "prometheus/metric_family.h"

namespace parlor::service {
namespace {

prometheus::ClientMetric Gauge(const std::string& pool, size_t value) {
  prometheus::ClientMetric metric;
  metric.label = {{"pool", pool}};
  metric.gauge.value = static_cast<double>(value);
  return metric;
}

}  // namespace

PoolMetrics::PoolMetrics(prometheus::Registry& registry)
    : wait_(prometheus::BuildHistogram()
                .Name("parlor_pool_wait_seconds")
                .Help("Time that blocking calls waited for a thread.")
                .Register(registry)) {}

std::function<void(absl::Duration)> PoolMetrics::WaitObserver(const std::string& pool_name) {
  prometheus::Histogram* histogram =
      &wait_.Add({{"pool", pool_name}},
                 prometheus::Histogram::BucketBoundaries{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5});
  return [histogram](absl::Duration waited) { histogram->Observe(absl::ToDoubleSeconds(waited)); };
}

void PoolMetrics::Watch(std::weak_ptr<const BlockingPool> pool) {
  absl::MutexLock lock(&mutex_);
  pools_.push_back(std::move(pool));
}

std::vector<prometheus::MetricFamily> PoolMetrics::Collect() const {
  prometheus::MetricFamily waiting{
      "parlor_pool_waiting", "Blocking calls that wait for a thread.", prometheus::MetricType::Gauge, {}};
  prometheus::MetricFamily running{
      "parlor_pool_running", "Blocking calls that run.", prometheus::MetricType::Gauge, {}};
  absl::MutexLock lock(&mutex_);
  for (const std::weak_ptr<const BlockingPool>& watched : pools_) {
    if (const auto pool = watched.lock()) {
      waiting.metric.push_back(Gauge(pool->name(), pool->waiting()));
      running.metric.push_back(Gauge(pool->name(), pool->running()));
    }
  }
  return {std::move(waiting), std::move(running)};
}

}  // namespace parlor::service
