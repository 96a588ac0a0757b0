// How the databases do, each with the label `database`: parlor_database_seconds{operation} (histogram),
// parlor_database_errors_total{code} (counter), and of the connections parlor_database_connections (the
// limit), parlor_database_connections_in_use and parlor_database_waiting (gauges).
#ifndef PARLOR_SERVICES_COMMON_METRICS_DATABASE_METRICS_H_
#define PARLOR_SERVICES_COMMON_METRICS_DATABASE_METRICS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/collectable.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "services/common/sql/observed.h"

namespace parlor::service {

// Thread-safe.
class DatabaseMetrics final : public prometheus::Collectable {
 public:
  // `registry` outlives this.
  explicit DatabaseMetrics(prometheus::Registry& registry);
  ~DatabaseMetrics() override;

  // For SqlOptions::observer of the database that `name` says: "auth". Lives as long as this.
  SqlObserver* Of(const std::string& name);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  class Watched;

  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Family<prometheus::Counter>& errors_;

  mutable absl::Mutex mutex_;
  std::vector<std::unique_ptr<Watched>> databases_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_METRICS_DATABASE_METRICS_H_
