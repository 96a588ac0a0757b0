#include "client/overlay/candidates.h"

#include <algorithm>

namespace parlor::client::overlay {

Candidates::Candidate* Candidates::Find(const PeerId& peer) {
  const auto found = std::find_if(all_.begin(), all_.end(),
                                  [&](const Candidate& candidate) { return candidate.peer == peer; });
  return found == all_.end() ? nullptr : &*found;
}

void Candidates::MakeRoom(bool lost) {
  std::vector<size_t> alike;
  for (size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].lost == lost) alike.push_back(i);
  }
  if (alike.size() < options_.passive_view) return;
  all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(alike[random_.Below(alike.size())]));
}

void Candidates::Add(const PeerId& peer) {
  if (Find(peer) != nullptr) return;
  MakeRoom(false);
  all_.push_back({peer, false, 0, absl::InfinitePast()});
}

void Candidates::AddLost(const PeerId& peer, absl::Time now) {
  Remove(peer);
  MakeRoom(true);
  all_.push_back({peer, true, 0, now + random_.Jitter(options_.first_retry)});
}

void Candidates::Remove(const PeerId& peer) {
  std::erase_if(all_, [&](const Candidate& candidate) { return candidate.peer == peer; });
}

void Candidates::Failed(const PeerId& peer, absl::Time now) {
  Candidate* const candidate = Find(peer);
  if (candidate == nullptr) return;
  ++candidate->failures;
  if (candidate->failures > (candidate->lost ? options_.max_retries : 1)) return Remove(peer);
  const absl::Duration wait =
      std::min(options_.last_retry, options_.first_retry * static_cast<double>(1 << candidate->failures));
  candidate->from = now + random_.Jitter(wait);
}

std::optional<PeerId> Candidates::PickIf(const std::function<bool(const Candidate&)>& fits) {
  std::vector<const Candidate*> fitting;
  for (const Candidate& candidate : all_) {
    if (fits(candidate)) fitting.push_back(&candidate);
  }
  if (fitting.empty()) return std::nullopt;
  return fitting[random_.Below(fitting.size())]->peer;
}

std::optional<PeerId> Candidates::Pick(absl::Time now, const Fits& fits) {
  return PickIf([&](const Candidate& candidate) { return now >= candidate.from && fits(candidate.peer); });
}

std::optional<PeerId> Candidates::PickLost(absl::Time now, const Fits& fits) {
  return PickIf([&](const Candidate& candidate) {
    return candidate.lost && now >= candidate.from && fits(candidate.peer);
  });
}

absl::Time Candidates::next_lost() const {
  absl::Time next = absl::InfiniteFuture();
  for (const Candidate& candidate : all_) {
    if (candidate.lost) next = std::min(next, candidate.from);
  }
  return next;
}

std::vector<PeerId> Candidates::Sample(size_t count) {
  std::vector<PeerId> peers;
  for (const Candidate& candidate : all_) {
    if (!candidate.lost) peers.push_back(candidate.peer);
  }
  random_.Shuffle(peers);
  if (peers.size() > count) peers.resize(count);
  return peers;
}

}  // namespace parlor::client::overlay
