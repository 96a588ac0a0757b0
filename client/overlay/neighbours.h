// The members with whom messages are exchanged, and what is remembered of each.
#ifndef PARLOR_CLIENT_OVERLAY_NEIGHBOURS_H_
#define PARLOR_CLIENT_OVERLAY_NEIGHBOURS_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/time/time.h"
#include "client/overlay/gossip_id.h"
#include "client/overlay/peer_conduct.h"
#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client::overlay {

struct Neighbour {
  Neighbour(PeerId peer, absl::Time now, std::shared_ptr<PeerConduct> before)
      : id(std::move(peer)), since(now), conduct(std::move(before)) {}

  PeerId id;
  absl::Time since;

  // Broadcast: messages are pushed to it, or only announced.
  bool eager = true;
  absl::btree_set<StreamId> to_announce;
  absl::Time announce_at = absl::InfiniteFuture();
  bool stalled = false;       // its link took no more: what it lacks is announced when it does
  peer::v1::RoomGossip held;  // what was to be said meanwhile, but for announcements

  // Relays: streams of which it is sent what comes, in a mesh.
  absl::btree_set<StreamId> passed_on;

  // Liveness: when something was sent since anything came, and when that was.
  absl::Time unanswered_since = absl::InfiniteFuture();
  absl::Time heard_at = absl::InfinitePast();
  int probes = 0;

  std::shared_ptr<PeerConduct> conduct;  // never null
};

// At most as many as the view lets in. Pointers hold until that neighbour is removed.
class Neighbours {
 public:
  Neighbour* Find(const PeerId& id) const {
    for (const auto& neighbour : all_) {
      if (neighbour->id == id) return neighbour.get();
    }
    return nullptr;
  }
  Neighbour& Add(Neighbour neighbour) {
    return *all_.emplace_back(std::make_unique<Neighbour>(std::move(neighbour)));
  }
  void Remove(const PeerId& id) {
    std::erase_if(all_, [&](const auto& neighbour) { return neighbour->id == id; });
  }

  size_t size() const { return all_.size(); }
  bool empty() const { return all_.empty(); }
  Neighbour& operator[](size_t index) const { return *all_[index]; }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::vector<std::unique_ptr<Neighbour>> all_;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_NEIGHBOURS_H_
