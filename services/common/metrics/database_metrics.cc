#include "services/common/metrics/database_metrics.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "prometheus/metric_family.h"

namespace parlor::service {
namespace {

constexpr std::array<const char*, kSqlOperations> kOperations = {"read", "write", "ping"};

// From a row in memory, 0.2 ms away, to PostgreSQL's own timeout of 5 s.
const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const auto* const buckets = new prometheus::Histogram::BucketBoundaries{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};
  return *buckets;
}

// What a database is at fault for (services/common/sql/database.h); there from the start.
constexpr std::array<absl::StatusCode, 5> kFaults = {
    absl::StatusCode::kUnavailable, absl::StatusCode::kResourceExhausted, absl::StatusCode::kDeadlineExceeded,
    absl::StatusCode::kAborted, absl::StatusCode::kInternal};

std::string LabelOf(absl::StatusCode code) {
  return absl::AsciiStrToLower(absl::StatusCodeToString(code));
}

prometheus::ClientMetric Gauge(const std::string& database, int value) {
  prometheus::ClientMetric metric;
  metric.label = {{"database", database}};
  metric.gauge.value = value;
  return metric;
}

}  // namespace

class DatabaseMetrics::Watched final : public SqlObserver {
 public:
  Watched(std::string name, prometheus::Family<prometheus::Histogram>& seconds,
          prometheus::Family<prometheus::Counter>& errors)
      : name_(std::move(name)), errors_(errors) {
    for (size_t i = 0; i < kSqlOperations; ++i) {
      seconds_[i] = &seconds.Add({{"database", name_}, {"operation", kOperations[i]}}, Buckets());
    }
    for (const absl::StatusCode code : kFaults) Errors(code);
  }

  void OnOpened(std::weak_ptr<const SqlDatabase> database) override {
    absl::MutexLock lock(&mutex_);
    database_ = std::move(database);
  }

  void OnDone(SqlOperation operation, absl::Duration took, const absl::Status& fault) override {
    seconds_[static_cast<size_t>(operation)]->Observe(absl::ToDoubleSeconds(took));
    if (!fault.ok()) Errors(fault.code()).Increment();
  }

  std::shared_ptr<const SqlDatabase> database() const {
    absl::MutexLock lock(&mutex_);
    return database_.lock();
  }
  const std::string& name() const { return name_; }

 private:
  // The family gives the same counter for the same labels.
  prometheus::Counter& Errors(absl::StatusCode code) {
    return errors_.Add({{"database", name_}, {"code", LabelOf(code)}});
  }

  const std::string name_;
  prometheus::Family<prometheus::Counter>& errors_;
  std::array<prometheus::Histogram*, kSqlOperations> seconds_{};  // constant after construction

  mutable absl::Mutex mutex_;
  std::weak_ptr<const SqlDatabase> database_ ABSL_GUARDED_BY(mutex_);
};

DatabaseMetrics::DatabaseMetrics(prometheus::Registry& registry)
    : seconds_(prometheus::BuildHistogram()
                   .Name("parlor_database_seconds")
                   .Help("Time of a transaction, waiting for a connection included.")
                   .Register(registry)),
      errors_(prometheus::BuildCounter()
                  .Name("parlor_database_errors_total")
                  .Help("Transactions that the database failed, by code.")
                  .Register(registry)) {}

DatabaseMetrics::~DatabaseMetrics() = default;

SqlObserver* DatabaseMetrics::Of(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  return databases_.emplace_back(std::make_unique<Watched>(name, seconds_, errors_)).get();
}

std::vector<prometheus::MetricFamily> DatabaseMetrics::Collect() const {
  using Type = prometheus::MetricType;
  prometheus::MetricFamily connections{
      "parlor_database_connections", "Connections to the database, at most.", Type::Gauge, {}};
  prometheus::MetricFamily in_use{
      "parlor_database_connections_in_use", "Connections to the database in use.", Type::Gauge, {}};
  prometheus::MetricFamily waiting{
      "parlor_database_waiting", "Calls that wait for a connection to the database.", Type::Gauge, {}};
  absl::MutexLock lock(&mutex_);
  for (const std::unique_ptr<Watched>& watched : databases_) {
    const std::shared_ptr<const SqlDatabase> database = watched->database();
    if (database == nullptr) continue;
    const SqlLoad load = database->load();
    connections.metric.push_back(Gauge(watched->name(), load.connections));
    in_use.metric.push_back(Gauge(watched->name(), load.in_use));
    waiting.metric.push_back(Gauge(watched->name(), load.waiting));
  }
  return {std::move(connections), std::move(in_use), std::move(waiting)};
}

}  // namespace parlor::service
