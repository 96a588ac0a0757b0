#include "client/core/server_clock.h"

namespace parlor::client {
namespace {

// Quartz drifts by less than 100 ppm: 60 ms in this time.
constexpr absl::Duration kBestFor = absl::Minutes(10);

}  // namespace

void ServerClock::Heard(absl::Time server, absl::Duration round_trip) {
  const absl::Time estimate = server + round_trip / 2;
  const absl::Duration uptime = loop_.Uptime();
  const bool better = round_trip <= best_round_trip_ || uptime - best_at_ > kBestFor;
  const bool contradicts = absl::AbsDuration(estimate - Now()) > round_trip / 2 + best_round_trip_ / 2;
  if (!better && !contradicts) return;
  server_ = estimate;
  uptime_ = uptime;
  best_round_trip_ = round_trip;
  best_at_ = uptime;
}

}  // namespace parlor::client
