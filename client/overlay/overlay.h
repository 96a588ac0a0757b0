// The overlay of one room at one member: who its neighbours are, how messages find everybody, and how what
// is missing is found again. A pure state machine: links, history and the room are behind OverlayHost, time
// is handed in, dice come from a seed. The simulator runs it ten thousand times over (simulator/).
//
//   View ─ who is a neighbour       Broadcast ─ tree and announcements      Repair ─ what is missing
//   Liveness ─ who answers          Acknowledgements ─ who has stored it    Conduct ─ who misbehaves
#ifndef PARLOR_CLIENT_OVERLAY_OVERLAY_H_
#define PARLOR_CLIENT_OVERLAY_OVERLAY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/overlay/acknowledgements.h"
#include "client/overlay/broadcast.h"
#include "client/overlay/conduct.h"
#include "client/overlay/context.h"
#include "client/overlay/gossip_id.h"
#include "client/overlay/liveness.h"
#include "client/overlay/message_cache.h"
#include "client/overlay/overlay_host.h"
#include "client/overlay/overlay_options.h"
#include "client/overlay/relays.h"
#include "client/overlay/repair.h"
#include "client/overlay/view.h"
#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client::overlay {

// One thread. Time must not go back by more than clocks are corrected by.
class Overlay {
 public:
  struct Self {
    PeerId peer;
    MemberTag tag = 0;
    uint64_t seed = 0;
  };

  // `host` outlives this.
  Overlay(OverlayHost& host, Self self, OverlayOptions options = {});
  Overlay(const Overlay&) = delete;

  // ---- the room

  // All its members, this one included.
  void SetRoomSize(size_t members, absl::Time now);
  void AddCandidates(const std::vector<PeerId>& peers, absl::Time now);
  void Forget(const PeerId& peer, absl::Time now);  // left, or was removed

  // ---- links, between members who have shown that they are

  void OnLinkUp(const PeerId& peer, absl::Time now);
  void OnLinkDown(const PeerId& peer, absl::Time now);
  void OnConnectFailed(const PeerId& peer, absl::Time now);
  void OnWritable(const PeerId& peer, absl::Time now);
  // What was sent to it in this turn may be lost: its link takes nothing.
  void OnStalled(const PeerId& peer);
  // Before what it said is handed over: whether messages are taken from it.
  bool OnContact(const PeerId& peer, absl::Time now);
  void OnGossip(const PeerId& peer, const peer::v1::RoomGossip& gossip, absl::Time now);

  // ---- messages

  // This member's own, stored. Returns to how many it went at once; others get it by announcements.
  size_t Publish(const Payload& payload, absl::Time now);
  // Whether a message is here already: asked before it is checked, which costs more.
  bool Knows(const GossipId& id) const;
  // One that is new and was proved; `own`: `from` wrote it. RESOURCE_EXHAUSTED: it is not taken, and `from`
  // was let go.
  absl::Status OnMessage(const PeerId& from, bool own, const Payload& payload, absl::Time now);
  void OnDuplicate(const PeerId& from, const Payload& payload, absl::Time now);
  // So many bytes went to `to`, or were to go; 0 if history had nothing.
  void OnSentFromHistory(const PeerId& to, size_t bytes);
  // `from` handed over what nobody wrote, or what makes no sense: it is let go for `why`.
  void OnForged(const PeerId& from, const absl::Status& why, absl::Time now);
  // One that came by another way, or that cannot be proved to others: it is neither asked for nor passed on.
  // `given`: to who asks for it, it can be.
  void Skip(const GossipId& id, bool given, absl::Time now);
  // What `from` sent could not be used, and not by its fault: it did answer.
  void OnUnusable(const PeerId& from);
  // Of a stream of which nothing is here yet, everything from there on is owed to this member.
  void Owe(StreamId stream, uint64_t from);
  // What history has of a stream: nothing of it is asked for.
  void Restore(StreamId stream, uint64_t up_to);
  // Who writes a stream that is known here, which says which one is forgotten when there are too many.
  void SetAuthor(StreamId stream, MemberTag author);
  // Of a small room's member: `from` brought a message, and there is no link with who wrote it; and there is
  // one now.
  void OnUnreached(StreamId stream, const PeerId& from, absl::Time now);
  void OnReached(MemberTag author, absl::Time now);
  // A stream is on this member's disk up to there.
  void OnStored(StreamId stream, uint64_t up_to, absl::Time now);

  // ---- time

  void OnTimer(absl::Time now);
  // InfiniteFuture: there is nothing to wait for.
  absl::Time next_wake() const;

  // ---- what stands

  bool mesh() const { return context_.mesh; }
  bool IsNeighbour(const PeerId& peer) const { return context_.neighbours.Find(peer) != nullptr; }
  std::vector<PeerId> neighbours() const;
  size_t eager() const;
  size_t missing() const { return repair_.missing(); }
  // A message that memory still has. Valid until the next call.
  const Payload* Cached(const GossipId& id) const { return cache_.Find(id); }
  // Whether authors are held to a pace: with a few members, links that are full hold them up enough.
  bool paced() const { return context_.members > context_.options.unpaced_members; }
  // There are neighbours, and no link to any of them takes more.
  bool congested() const;

 private:
  void OnNeighbourUp(Neighbour& neighbour);
  void OnNeighbourDown(const PeerId& peer);
  void SetBaseline();
  void OnNeighboursGossip(Neighbour& neighbour, const peer::v1::RoomGossip& gossip, absl::Time now);
  void OnHaves(Neighbour& neighbour, const peer::v1::RoomGossip& gossip, absl::Time now);
  void OnHave(Neighbour& neighbour, const peer::v1::StreamMark& mark, absl::Time now);
  void Answer(Neighbour& neighbour, const peer::v1::StreamRange& want, absl::Time now);
  bool LookUp(Neighbour& neighbour, StreamId stream, uint64_t from, uint64_t up_to, absl::Time now);
  static void Hold(Neighbour& neighbour, const peer::v1::RoomGossip& gossip);
  uint64_t OwedFrom(uint64_t number) const;
  // True: it was let go.
  bool LetGoUnless(const PeerId& peer, const absl::Status& conduct, absl::Time now);
  Neighbour* Heard(const PeerId& peer) const;
  // What was collected in this turn leaves.
  void Flush(absl::Time now);

  Context context_;
  MessageCache cache_;
  View view_;
  Liveness liveness_;
  Broadcast broadcast_;
  Repair repair_;
  Relays relays_;
  Acknowledgements acknowledgements_;
  const Conduct conduct_;
  absl::Time baseline_at_ = absl::InfiniteFuture();  // at the latest
  absl::Time now_ = absl::InfinitePast();            // of this turn
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_OVERLAY_H_
