#include "services/presence/presence_metrics.h"

#include <algorithm>
#include <utility>

#include "spdlog/spdlog.h"

namespace parlor::presence {
namespace {

const std::pair<v1::Availability, const char*> kTransitions[] = {
    {v1::AVAILABILITY_ONLINE, "online"},   {v1::AVAILABILITY_AWAY, "away"},
    {v1::AVAILABILITY_BUSY, "busy"},       {v1::AVAILABILITY_RECONNECTING, "reconnecting"},
    {v1::AVAILABILITY_OFFLINE, "offline"},
};

// From a fan-out to nobody far away to one that the goal of a second is missed with.
const prometheus::Histogram::BucketBoundaries kLagSeconds = {0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05,
                                                             0.1,    0.25,   0.5,   1,     2.5,  5};

}  // namespace

PresenceMetrics::PresenceMetrics(prometheus::Registry& registry, const Clock& clock)
    : clock_(clock),
      sessions_(prometheus::BuildGauge()
                    .Name("parlor_presence_sessions")
                    .Help("Open presence streams of this process")
                    .Register(registry)
                    .Add({})),
      sessions_limit_(prometheus::BuildGauge()
                          .Name("parlor_presence_sessions_limit")
                          .Help("Presence streams that this process takes at most")
                          .Register(registry)
                          .Add({})),
      fanout_lag_(prometheus::BuildHistogram()
                      .Name("parlor_presence_fanout_lag_seconds")
                      .Help("From a change of somebody's presence until all watchers' queues have it")
                      .Register(registry)
                      .Add({}, kLagSeconds)) {
  auto& transitions = prometheus::BuildCounter()
                          .Name("parlor_presence_transitions_total")
                          .Help("Changes of people's availability")
                          .Register(registry);
  for (const auto& [to, name] : kTransitions) transitions_[to] = &transitions.Add({{"to", name}});
}

void PresenceMetrics::OnTransition(v1::Availability to) {
  const auto found = transitions_.find(to);
  if (found != transitions_.end()) found->second->Increment();
}

void PresenceMetrics::OnFanout(absl::Time changed) {
  // A clock that was set back must not make the sum shrink.
  fanout_lag_.Observe(std::max(0.0, absl::ToDoubleSeconds(clock_.Now() - changed)));
}

void PresenceMetrics::OnUnreadable(const absl::Status& why) {
  spdlog::error("presence: {}", why.ToString());
}

}  // namespace parlor::presence
