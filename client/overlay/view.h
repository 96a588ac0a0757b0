// Who is whose neighbour: HyParView (Leitão et al., 2007) with a directory that introduces, and neighbours
// that may be a few more than are looked for, so that one who joins seldom pushes another one out. Pure.
//
// In a small room it only keeps book: everybody who is linked is a neighbour, and the room dials.
#ifndef PARLOR_CLIENT_OVERLAY_VIEW_H_
#define PARLOR_CLIENT_OVERLAY_VIEW_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/time/time.h"
#include "client/overlay/candidates.h"
#include "client/overlay/context.h"

namespace parlor::client::overlay {

class View {
 public:
  struct Events {
    std::function<void(Neighbour&)> up;
    std::function<void(const PeerId&)> down;
  };

  View(Context& context, Events events);

  // All members of the room, this one included: below a bound the view is everybody.
  void SetRoomSize(size_t members, absl::Time now);
  void AddCandidate(const PeerId& peer);
  // It left the room.
  void Forget(const PeerId& peer, absl::Time now);

  // A link over which it has shown that it is a member.
  void OnLinkUp(const PeerId& peer, absl::Time now);
  void OnLinkDown(const PeerId& peer, absl::Time now);
  // Something came from it. In a small room who had fallen silent is a neighbour again.
  void OnContact(const PeerId& peer, absl::Time now);
  void OnConnectFailed(const PeerId& peer, absl::Time now);
  // Whether a frame of somebody who is linked and no neighbour is heard: a few are.
  bool MaySpeak(const PeerId& stranger, absl::Time now);

  void OnNeighbour(const PeerId& peer, peer::v1::RoomGossip::Neighbour word, absl::Time now);
  void OnMembers(const PeerId& peer, const peer::v1::RoomGossip& gossip);

  // A neighbour that does not answer.
  void OnSilent(const PeerId& peer, absl::Time now);
  // One that broke a rule: not taken back for options.ban.
  void Ban(const PeerId& peer, absl::Time now);
  bool IsBanned(const PeerId& peer, absl::Time now) const;

  void OnTimer(absl::Time now);
  absl::Time next_wake() const;

 private:
  struct Pending {
    absl::Time until;
    bool asked = false;
  };

  // Up to so many members a room is small that is one, or is not.
  size_t MeshBound(bool mesh) const;
  void BecomeLarge(absl::Time now);
  void OnRefusedInMesh(const PeerId& peer, absl::Time now);
  void Refill(absl::Time now);
  // False: nobody is left who may be asked now.
  bool SeekOne(absl::Time now);
  void SeekLost(absl::Time now);
  void Seek(const PeerId& peer, absl::Time now);
  void Ask(const PeerId& peer, absl::Time now);
  void ExpirePending(absl::Time now);
  void Become(const PeerId& peer, absl::Time now);
  void ExcuseSilence(const PeerId& peer);
  void LetGo(PeerId peer);
  void Leave(PeerId peer);
  void OnAsk(const PeerId& peer, bool urgent, absl::Time now);
  void OnAccept(const PeerId& peer, absl::Time now);
  void Trim(absl::Time now);
  void Shuffle(absl::Time now);
  void Suggest(size_t neighbours, size_t candidates, const PeerId& except, peer::v1::RoomGossip& gossip);
  bool Fits(const PeerId& peer, absl::Time now) const;

  Context& context_;
  const OverlayOptions& options_;
  const Events events_;
  Candidates candidates_;
  absl::btree_map<PeerId, std::shared_ptr<PeerConduct>> linked_;  // as many as the host has links
  absl::btree_map<PeerId, Pending> pending_;  // asked or being dialled: at most 2 × asks_at_once and the lost
  absl::btree_map<PeerId, absl::Time> banned_;  // until when; at most kMaxBanned, the first to end goes
  absl::Time refill_at_ = absl::InfinitePast();
  absl::Time trim_at_ = absl::InfiniteFuture();
  absl::Time shuffle_at_ = absl::InfiniteFuture();
  absl::Time lost_not_before_ = absl::InfinitePast();
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_VIEW_H_
