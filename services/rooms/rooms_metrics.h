// parlor_rooms_active, parlor_rooms_members, parlor_rooms_sessions, parlor_rooms_sessions_limit (gauges) and
// parlor_rooms_joins_total{result}.
#ifndef PARLOR_SERVICES_ROOMS_ROOMS_METRICS_H_
#define PARLOR_SERVICES_ROOMS_ROOMS_METRICS_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"

namespace parlor::rooms {

// Thread-safe.
class RoomsMetrics {
 public:
  // `registry` outlives this.
  explicit RoomsMetrics(prometheus::Registry& registry);

  // How an EnterRoom was answered; the label is the status code in lower case ("ok", "not_found", …).
  void CountJoin(const absl::Status& result);

  // Open streams of this process, and how many there may be.
  void SetSessions(size_t sessions) { sessions_.Set(static_cast<double>(sessions)); }
  void SetSessionsLimit(size_t limit) { sessions_limit_.Set(static_cast<double>(limit)); }

  // Seats of members, reconnecting ones included; a room is active while it has one.
  void SeatTaken(absl::string_view room_id);
  void SeatFreed(absl::string_view room_id);

 private:
  prometheus::Family<prometheus::Counter>& joins_;
  prometheus::Gauge& sessions_;
  prometheus::Gauge& sessions_limit_;
  prometheus::Gauge& active_;
  prometheus::Gauge& members_;

  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, int64_t> seats_ ABSL_GUARDED_BY(mutex_);  // by room, of active ones
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOMS_METRICS_H_
