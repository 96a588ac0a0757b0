// parlor_presence_sessions, parlor_presence_sessions_limit (gauges), parlor_presence_transitions_total{to}
// (counter) and parlor_presence_fanout_lag_seconds (histogram: from a change to the last of its watchers'
// queues).
#ifndef PARLOR_SERVICES_PRESENCE_PRESENCE_METRICS_H_
#define PARLOR_SERVICES_PRESENCE_PRESENCE_METRICS_H_

#include <cstddef>
#include <map>

#include "base/clock.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "services/presence/presence_hub.h"

namespace parlor::presence {

// Thread-safe.
class PresenceMetrics final : public HubEvents {
 public:
  // Both outlive this.
  PresenceMetrics(prometheus::Registry& registry, const Clock& clock);

  void SetSessions(size_t sessions) { sessions_.Set(static_cast<double>(sessions)); }
  void SetSessionsLimit(size_t limit) { sessions_limit_.Set(static_cast<double>(limit)); }

  void OnTransition(v1::Availability to) override;
  void OnFanout(absl::Time changed) override;
  void OnUnreadable(const absl::Status& why) override;

 private:
  const Clock& clock_;
  prometheus::Gauge& sessions_;
  prometheus::Gauge& sessions_limit_;
  prometheus::Histogram& fanout_lag_;
  std::map<v1::Availability, prometheus::Counter*> transitions_;  // constant after construction
};

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_PRESENCE_METRICS_H_
