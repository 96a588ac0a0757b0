#include "services/common/metrics/live_metrics.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "prometheus/metric_family.h"

namespace parlor::service {
namespace {

using Type = prometheus::MetricType;

// One gauge of each directory, under one name.
class OfEachDirectory {
 public:
  OfEachDirectory(const char* name, const char* help) : family_{name, help, Type::Gauge, {}} {}

  void Add(const std::string& directory, double value) {
    prometheus::ClientMetric metric;
    metric.label = {{"directory", directory}};
    metric.gauge.value = value;
    family_.metric.push_back(std::move(metric));
  }

  // A name that nothing has is not told.
  void MoveTo(std::vector<prometheus::MetricFamily>& families) {
    if (!family_.metric.empty()) families.push_back(std::move(family_));
  }

 private:
  prometheus::MetricFamily family_;
};

prometheus::MetricFamily LeasesExpired(const std::string& directory, size_t lapsed) {
  prometheus::ClientMetric metric;
  metric.counter.value = static_cast<double>(lapsed);
  return {absl::StrCat("parlor_", directory, "_lease_expired_total"),
          "Replicas whose lease this one saw run out.",
          Type::Counter,
          {std::move(metric)}};
}

}  // namespace

class LiveMetrics::Watched final : public live::LiveObserver {
 public:
  Watched(std::string name, prometheus::Histogram* commits) : name_(std::move(name)), commits_(*commits) {}

  void Watch(std::weak_ptr<const live::ReplicatedDirectory> directory) override {
    absl::MutexLock lock(&mutex_);
    directory_ = std::move(directory);
  }
  void OnCommit(absl::Duration took) override { commits_.Observe(absl::ToDoubleSeconds(took)); }

  const std::string& name() const { return name_; }
  // Null when there is none, or no longer.
  std::shared_ptr<const live::ReplicatedDirectory> directory() const {
    absl::MutexLock lock(&mutex_);
    return directory_.lock();
  }

 private:
  const std::string name_;
  prometheus::Histogram& commits_;
  mutable absl::Mutex mutex_;
  std::weak_ptr<const live::ReplicatedDirectory> directory_ ABSL_GUARDED_BY(mutex_);
};

LiveMetrics::LiveMetrics(prometheus::Registry& registry)
    : commits_(prometheus::BuildHistogram()
                   .Name("parlor_live_commit_seconds")
                   .Help("Time that a batch of changes of seats took to be written down for all replicas.")
                   .Register(registry)) {}

LiveMetrics::~LiveMetrics() = default;

live::LiveObserver* LiveMetrics::Of(const std::string& name) {
  prometheus::Histogram& commits = commits_.Add(
      {{"directory", name}},
      prometheus::Histogram::BucketBoundaries{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5});
  absl::MutexLock lock(&mutex_);
  return directories_.emplace_back(std::make_unique<Watched>(name, &commits)).get();
}

std::vector<prometheus::MetricFamily> LiveMetrics::Collect() const {
  OfEachDirectory age("parlor_live_age_seconds", "Time since this replica heard from the database.");
  OfEachDirectory waiting("parlor_live_waiting", "Changes of seats that wait to be written down.");
  OfEachDirectory replicas("parlor_live_replicas", "Replicas with a valid lease, this one included.");
  OfEachDirectory seats("parlor_live_seats", "Seats of all replicas, as this one knows them.");
  std::vector<prometheus::MetricFamily> families;
  absl::MutexLock lock(&mutex_);
  for (const std::unique_ptr<Watched>& watched : directories_) {
    const auto directory = watched->directory();
    if (directory == nullptr) continue;
    const live::ReplicaStats stats = directory->stats();
    age.Add(watched->name(), absl::ToDoubleSeconds(stats.age));
    waiting.Add(watched->name(), static_cast<double>(stats.waiting));
    replicas.Add(watched->name(), static_cast<double>(stats.replicas));
    seats.Add(watched->name(), static_cast<double>(stats.seats));
    families.push_back(LeasesExpired(watched->name(), stats.lapsed));
  }
  for (OfEachDirectory* gauge : {&age, &waiting, &replicas, &seats}) gauge->MoveTo(families);
  return families;
}

}  // namespace parlor::service
