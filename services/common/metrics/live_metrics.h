// How the directories do that replicas share, each with the label `directory`: parlor_live_commit_seconds
// (histogram), parlor_live_age_seconds, parlor_live_waiting, parlor_live_replicas, parlor_live_seats
// (gauges), and for each a counter of replicas whose lease this one saw run out,
// parlor_<directory>_lease_expired_total.
#ifndef PARLOR_SERVICES_COMMON_METRICS_LIVE_METRICS_H_
#define PARLOR_SERVICES_COMMON_METRICS_LIVE_METRICS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/collectable.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "services/common/live/postgres/live_database.h"

namespace parlor::service {

// Thread-safe.
class LiveMetrics final : public prometheus::Collectable {
 public:
  // `registry` outlives this.
  explicit LiveMetrics(prometheus::Registry& registry);
  ~LiveMetrics() override;

  // For LiveOptions::observer of the directory with this name. Lives as long as this.
  live::LiveObserver* Of(const std::string& name);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  class Watched;

  prometheus::Family<prometheus::Histogram>& commits_;

  mutable absl::Mutex mutex_;
  std::vector<std::unique_ptr<Watched>> directories_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_METRICS_LIVE_METRICS_H_
