// Members who may become neighbours: HyParView's passive view, and those who were lost. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_CANDIDATES_H_
#define PARLOR_CLIENT_OVERLAY_CANDIDATES_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "client/overlay/gossip_id.h"
#include "client/overlay/overlay_options.h"
#include "client/overlay/random.h"

namespace parlor::client::overlay {

// Holds at most options.passive_view members, and as many lost ones beside them.
class Candidates {
 public:
  Candidates(const OverlayOptions& options, Random& random) : options_(options), random_(random) {}

  // Known ones stay as they are. When full, a random one goes.
  void Add(const PeerId& peer);
  // A neighbour that went without a word: tried again later, and not forgotten for newer ones.
  void AddLost(const PeerId& peer, absl::Time now);
  void Remove(const PeerId& peer);
  // It did not answer: tried again later, or forgotten.
  void Failed(const PeerId& peer, absl::Time now);

  using Fits = std::function<bool(const PeerId&)>;
  // A random one that may be asked now; it stays a candidate.
  std::optional<PeerId> Pick(absl::Time now, const Fits& fits);
  // One of the lost whose time has come.
  std::optional<PeerId> PickLost(absl::Time now, const Fits& fits);
  absl::Time next_lost() const;

  std::vector<PeerId> Sample(size_t count);
  size_t size() const { return all_.size(); }

 private:
  struct Candidate {
    PeerId peer;
    bool lost = false;
    int failures = 0;
    absl::Time from = absl::InfinitePast();  // not asked before
  };

  Candidate* Find(const PeerId& peer);
  void MakeRoom(bool lost);
  std::optional<PeerId> PickIf(const std::function<bool(const Candidate&)>& fits);

  const OverlayOptions& options_;
  Random& random_;
  std::vector<Candidate> all_;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_CANDIDATES_H_
