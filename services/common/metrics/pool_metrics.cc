#include "services/common/metrics/pool_metrics.h"

#include <algorithm>
#include <utility>

#include "prometheus/metric_family.h"

namespace parlor::service {
namespace {

using Type = prometheus::MetricType;

// One value of each pool, under one name.
class OfEachPool {
 public:
  OfEachPool(const char* name, const char* help, Type type) : family_{name, help, type, {}} {}

  void Add(const BlockingPool& pool, size_t value) {
    prometheus::ClientMetric metric;
    metric.label = {{"pool", pool.name()}};
    (family_.type == Type::Counter ? metric.counter.value : metric.gauge.value) = static_cast<double>(value);
    family_.metric.push_back(std::move(metric));
  }

  prometheus::MetricFamily Take() { return std::move(family_); }

 private:
  prometheus::MetricFamily family_;
};

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
  OfEachPool waiting("parlor_pool_waiting", "Blocking calls that wait for a thread.", Type::Gauge);
  OfEachPool queue("parlor_pool_queue", "Blocking calls that may wait for a thread.", Type::Gauge);
  OfEachPool running("parlor_pool_running", "Blocking calls that run.", Type::Gauge);
  OfEachPool threads("parlor_pool_threads", "Threads for blocking calls.", Type::Gauge);
  OfEachPool refused("parlor_pool_refused_total", "Blocking calls refused because too many waited.",
                     Type::Counter);
  absl::MutexLock lock(&mutex_);
  for (const std::weak_ptr<const BlockingPool>& watched : pools_) {
    const auto pool = watched.lock();
    if (pool == nullptr) continue;
    waiting.Add(*pool, pool->waiting());
    queue.Add(*pool, pool->options().queue);
    running.Add(*pool, pool->running());
    threads.Add(*pool, static_cast<size_t>(std::max(1, pool->options().threads)));
    refused.Add(*pool, pool->refused());
  }
  return {waiting.Take(), queue.Take(), running.Take(), threads.Take(), refused.Take()};
}

}  // namespace parlor::service
