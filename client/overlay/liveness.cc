#include "client/overlay/liveness.h"

#include <algorithm>

namespace parlor::client::overlay {

void Liveness::Sent(Neighbour& neighbour, absl::Time now) {
  neighbour.unanswered_since = std::min(neighbour.unanswered_since, now);
}

void Liveness::Heard(Neighbour& neighbour, absl::Time now) {
  neighbour.heard_at = now;
  neighbour.unanswered_since = absl::InfiniteFuture();
  neighbour.probes = 0;
}

absl::Time Liveness::DueAt(const Neighbour& neighbour) const {
  const absl::Time suspect_at = std::max(neighbour.unanswered_since + context_.options.suspect_after,
                                         neighbour.heard_at + context_.options.trusted_for);
  return suspect_at + neighbour.probes * context_.options.probe_every;
}

std::vector<PeerId> Liveness::OnTimer(absl::Time now) {
  std::vector<PeerId> silent;
  if (context_.mesh) return silent;
  for (const auto& neighbour : context_.neighbours) {
    if (now < DueAt(*neighbour)) continue;
    if (neighbour->probes >= context_.options.probes) {
      silent.push_back(neighbour->id);
      continue;
    }
    ++neighbour->probes;
    context_.outbox.To(neighbour->id).set_probe(context_.random.Next() | 1);
  }
  return silent;
}

absl::Time Liveness::next_wake() const {
  absl::Time next = absl::InfiniteFuture();
  if (context_.mesh) return next;
  for (const auto& neighbour : context_.neighbours) next = std::min(next, DueAt(*neighbour));
  return next;
}

void Liveness::OnOwnStall(absl::Time now) {
  for (const auto& neighbour : context_.neighbours) {
    if (neighbour->unanswered_since < now) neighbour->unanswered_since = now;
  }
}

}  // namespace parlor::client::overlay
