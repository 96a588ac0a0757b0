// How busy the pools of blocking calls are: parlor_pool_waiting, parlor_pool_running and what they can be at
// most, parlor_pool_queue and parlor_pool_threads (gauges); parlor_pool_refused_total (counter) and
// parlor_pool_wait_seconds (histogram); each with the label `pool`.
#ifndef PARLOR_SERVICES_COMMON_METRICS_POOL_METRICS_H_
#define PARLOR_SERVICES_COMMON_METRICS_POOL_METRICS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "prometheus/collectable.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "services/common/blocking_pool.h"

namespace parlor::service {

// Thread-safe.
class PoolMetrics final : public prometheus::Collectable {
 public:
  // `registry` outlives this.
  explicit PoolMetrics(prometheus::Registry& registry);

  // For BlockingPoolOptions::on_start of the pool with that name.
  std::function<void(absl::Duration)> WaitObserver(const std::string& pool_name);

  // `pool` is reported until it ends.
  void Watch(std::weak_ptr<const BlockingPool> pool);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  prometheus::Family<prometheus::Histogram>& wait_;

  mutable absl::Mutex mutex_;
  std::vector<std::weak_ptr<const BlockingPool>> pools_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_METRICS_POOL_METRICS_H_
