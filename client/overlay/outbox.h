// What is to be said to others, collected over one turn: one frame to each, however many parts have something
// to say.
#ifndef PARLOR_CLIENT_OVERLAY_OUTBOX_H_
#define PARLOR_CLIENT_OVERLAY_OUTBOX_H_

#include "absl/container/btree_map.h"
#include "client/overlay/gossip_id.h"
#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client::overlay {

class Outbox {
 public:
  // What goes to `peer` at the end of this turn.
  peer::v1::RoomGossip& To(const PeerId& peer) { return frames_[peer]; }

  bool empty() const { return frames_.empty(); }
  absl::btree_map<PeerId, peer::v1::RoomGossip> Take() { return std::exchange(frames_, {}); }

 private:
  absl::btree_map<PeerId, peer::v1::RoomGossip> frames_;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_OUTBOX_H_
