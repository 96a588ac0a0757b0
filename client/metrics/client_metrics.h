// What a client counts, under the names that docs/user-guide.md lists. It is told what happens: by the core's
// events, and by what is wrapped around the core's world. The core knows nothing of it.
#ifndef PARLOR_CLIENT_METRICS_CLIENT_METRICS_H_
#define PARLOR_CLIENT_METRICS_CLIENT_METRICS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/metrics/process_metrics.h"
#include "client/core/events.h"
#include "client/core/figures.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace parlor::client {

// Loop thread only. No label has anybody's name in it.
class ClientMetrics {
 public:
  // `client` is a label of everything: where one machine has several clients, each needs its own.
  explicit ClientMetrics(std::string client);

  void OnEvent(const Event& event);
  // One round trip of a link.
  void ObserveRoundTrip(absl::Duration took) { round_trip_.Observe(absl::ToDoubleSeconds(took)); }
  // What the history was asked for, and somebody waited for: until it was committed.
  void ObserveStored(absl::Duration took, const absl::Status& status);
  // How much later than asked the loop called.
  void ObserveLag(absl::Duration late) { lag_.Observe(absl::ToDoubleSeconds(late)); }

  // The text form of Prometheus.
  std::string Text(const CoreFigures& figures, bool running) const;

 private:
  void CountMessage(const std::string& target, const char* what);

  const std::string client_;
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& messages_;
  prometheus::Family<prometheus::Counter>& errors_;
  prometheus::Counter& services_lost_;
  prometheus::Counter& not_stored_;
  prometheus::Histogram& round_trip_;
  prometheus::Histogram& stored_;
  prometheus::Histogram& lag_;
  const ProcessMetrics process_;
  bool services_up_ = false;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_METRICS_CLIENT_METRICS_H_
