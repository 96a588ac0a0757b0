// What the overlay sees of the world: links to members, history, and the room above it.
#ifndef PARLOR_CLIENT_OVERLAY_OVERLAY_HOST_H_
#define PARLOR_CLIENT_OVERLAY_OVERLAY_HOST_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "client/overlay/gossip_id.h"
#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client::overlay {

// None of these may call the overlay back.
class OverlayHost {
 public:
  virtual ~OverlayHost() = default;

  // To a linked member. False: its link takes nothing now, nothing was sent; Overlay::OnWritable follows.
  virtual bool SendGossip(const PeerId& to, const peer::v1::RoomGossip& gossip) = 0;
  virtual bool SendPayload(const PeerId& to, const Payload& payload) = 0;

  // A link to this member is wanted, until Disconnect. Overlay::OnLinkUp follows, or OnConnectFailed once
  // nothing came of dialling them; else they are given up after a while. What is sent within the turn in
  // which Disconnect is called still leaves.
  virtual void Connect(const PeerId& peer) = 0;
  virtual void Disconnect(const PeerId& peer) = 0;
  // They broke a rule: the link is closed, and nothing is taken from them any more for a while.
  virtual void Accuse(const PeerId& peer, const absl::Status& why) = 0;

  // Where members were reached lately, and what others tell of that.
  virtual void Describe(const PeerId& peer, peer::v1::MemberAddresses& addresses) = 0;
  virtual void Learn(const peer::v1::MemberAddresses& addresses) = 0;
  // From now on messages are exchanged with it.
  virtual void OnNeighbourUp(const PeerId& peer) = 0;
  // Nobody is left to be asked: tell of others (Overlay::AddCandidates), if anybody knows.
  virtual void WantCandidates() = 0;

  // Messages that memory does not reach back to: what history has of them goes to `to`. True:
  // Overlay::OnSentFromHistory follows.
  virtual bool SendFromHistory(const PeerId& to, StreamId stream, uint64_t from, uint64_t up_to) = 0;

  // Everybody in `members` has stored this person's own stream up to there.
  virtual void OnAcknowledged(StreamId stream, uint64_t up_to, const std::vector<MemberTag>& members) = 0;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_OVERLAY_HOST_H_
