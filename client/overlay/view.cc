#include "client/overlay/view.h"

#include <algorithm>
#include <utility>

#include "client/overlay/frame_limits.h"

namespace parlor::client::overlay {
namespace {

using peer::v1::RoomGossip;

constexpr size_t kMaxBanned = 256;
// Nobody is known who could be asked: others are asked for no more often than this.
constexpr absl::Duration kRefillAgain = absl::Seconds(1);
// A room that has outgrown the mesh lets go of links at this pace: others do the same.
constexpr absl::Duration kTrimEvery = absl::Milliseconds(250);
// Of Cyclon's and HyParView's shuffles: some neighbours and some candidates.
constexpr size_t kShuffledNeighbours = 3;
constexpr size_t kShuffledCandidates = 4;

}  // namespace

View::View(Context& context, Events events)
    : context_(context),
      options_(context.options),
      events_(std::move(events)),
      candidates_(context.options, context.random) {}

// ---- how large the room is

size_t View::MeshBound(bool mesh) const {
  return mesh ? options_.mesh_members : options_.mesh_members * 3 / 4;
}

void View::SetRoomSize(size_t members, absl::Time now) {
  context_.members = members;
  // Small rooms that come and go around the bound do not rebuild themselves each time.
  const bool mesh = members <= MeshBound(context_.mesh);
  if (mesh == context_.mesh) return;
  if (mesh) {
    context_.mesh = true;
    for (const auto& [peer, conduct] : linked_) {
      if (context_.neighbours.Find(peer) == nullptr && !IsBanned(peer, now)) Become(peer, now);
    }
    return;
  }
  BecomeLarge(now);
}

void View::BecomeLarge(absl::Time now) {
  context_.mesh = false;
  // Links were the room's to want; from now on these are.
  for (const auto& neighbour : context_.neighbours) context_.host.Connect(neighbour->id);
  refill_at_ = trim_at_ = now;
  if (shuffle_at_ == absl::InfiniteFuture())
    shuffle_at_ = now + context_.random.Jitter(options_.shuffle_every);
}

// ---- candidates

void View::AddCandidate(const PeerId& peer) {
  if (!peer.empty() && peer != context_.self && context_.neighbours.Find(peer) == nullptr)
    candidates_.Add(peer);
}

void View::Forget(const PeerId& peer, absl::Time now) {
  linked_.erase(peer);
  candidates_.Remove(peer);
  if (pending_.erase(peer) > 0) context_.host.Disconnect(peer);
  if (context_.neighbours.Find(peer) == nullptr) return;
  LetGo(peer);
  Refill(now);
}

bool View::IsBanned(const PeerId& peer, absl::Time now) const {
  const auto banned = banned_.find(peer);
  return banned != banned_.end() && now < banned->second;
}

bool View::Fits(const PeerId& peer, absl::Time now) const {
  return !pending_.contains(peer) && context_.neighbours.Find(peer) == nullptr && !IsBanned(peer, now);
}

// ---- looking for neighbours

void View::Refill(absl::Time now) {
  if (context_.mesh) return;
  const size_t at_once = context_.neighbours.empty() ? 2 * options_.asks_at_once : options_.asks_at_once;
  while (context_.neighbours.size() < options_.active_view && pending_.size() < at_once &&
         context_.neighbours.size() + pending_.size() < options_.active_view + 1) {
    if (SeekOne(now)) continue;
    context_.host.WantCandidates();
    refill_at_ = now + context_.random.Jitter(kRefillAgain);
    return;
  }
  refill_at_ = absl::InfiniteFuture();
}

bool View::SeekOne(absl::Time now) {
  const std::optional<PeerId> peer =
      candidates_.Pick(now, [&](const PeerId& candidate) { return Fits(candidate, now); });
  if (peer.has_value()) Seek(*peer, now);
  return peer.has_value();
}

void View::SeekLost(absl::Time now) {
  lost_not_before_ = now + kRefillAgain;
  if (context_.mesh || context_.neighbours.size() + pending_.size() >= options_.active_view_max) return;
  const std::optional<PeerId> peer =
      candidates_.PickLost(now, [&](const PeerId& candidate) { return Fits(candidate, now); });
  if (peer.has_value()) Seek(*peer, now);
}

void View::Seek(const PeerId& peer, absl::Time now) {
  if (linked_.contains(peer)) return Ask(peer, now);
  pending_[peer] = {now + options_.connect_timeout, false};
  context_.host.Connect(peer);
}

void View::Ask(const PeerId& peer, absl::Time now) {
  pending_[peer] = {now + options_.answer_timeout, true};
  context_.outbox.To(peer).set_neighbour(context_.neighbours.size() <= 1 ? RoomGossip::NEIGHBOUR_ASK_URGENT
                                                                         : RoomGossip::NEIGHBOUR_ASK);
}

void View::ExpirePending(absl::Time now) {
  std::vector<PeerId> expired;
  for (const auto& [peer, pending] : pending_) {
    if (now >= pending.until) expired.push_back(peer);
  }
  for (const PeerId& peer : expired) OnConnectFailed(peer, now);
}

void View::OnConnectFailed(const PeerId& peer, absl::Time now) {
  if (pending_.erase(peer) == 0) return;
  context_.host.Disconnect(peer);
  candidates_.Failed(peer, now);
  Refill(now);
}

void View::OnLinkUp(const PeerId& peer, absl::Time now) {
  linked_[peer] = context_.conducts.Of(peer);
  if (context_.mesh) {
    if (context_.neighbours.Find(peer) == nullptr && !IsBanned(peer, now)) Become(peer, now);
    return;
  }
  if (pending_.contains(peer)) Ask(peer, now);
}

void View::OnContact(const PeerId& peer, absl::Time now) {
  if (!context_.mesh || !linked_.contains(peer) || IsBanned(peer, now)) return;
  if (context_.neighbours.Find(peer) == nullptr) Become(peer, now);
}

bool View::MaySpeak(const PeerId& stranger, absl::Time now) {
  const auto linked = linked_.find(stranger);
  return linked != linked_.end() && linked->second->stranger_frames.TryTake(now);
}

void View::OnLinkDown(const PeerId& peer, absl::Time now) {
  ExcuseSilence(peer);
  linked_.erase(peer);
  if (pending_.contains(peer)) OnConnectFailed(peer, now);
  if (context_.neighbours.Find(peer) == nullptr) return;
  LetGo(peer);
  candidates_.AddLost(peer, now);
  Refill(now);
}

// Whoever was not reached is not to blame for what it did not answer.
void View::ExcuseSilence(const PeerId& peer) {
  if (const auto linked = linked_.find(peer); linked != linked_.end()) linked->second->unanswered_wants = 0;
}

void View::OnSilent(const PeerId& peer, absl::Time now) {
  ExcuseSilence(peer);
  LetGo(peer);
  candidates_.AddLost(peer, now);
  Refill(now);
}

void View::Ban(const PeerId& peer, absl::Time now) {
  if (banned_.size() >= kMaxBanned && !banned_.contains(peer)) {
    banned_.erase(std::min_element(banned_.begin(), banned_.end(),
                                   [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  banned_[peer] = now + options_.ban;
  candidates_.Remove(peer);
  if (pending_.erase(peer) > 0) context_.host.Disconnect(peer);
  if (context_.neighbours.Find(peer) != nullptr) LetGo(peer);
  Refill(now);
}

// ---- neighbours

void View::Become(const PeerId& peer, absl::Time now) {
  pending_.erase(peer);
  candidates_.Remove(peer);
  if (context_.mesh) {
    // To somebody for whom the room is large already, who is linked is not a neighbour yet.
    if (context_.members > MeshBound(false))
      context_.outbox.To(peer).set_neighbour(RoomGossip::NEIGHBOUR_ASK);
  } else {
    context_.host.Connect(peer);
  }
  Neighbour& neighbour = context_.neighbours.Add(Neighbour(peer, now, context_.conducts.Of(peer)));
  events_.up(neighbour);
}

// By value: the name may be the neighbour's own.
void View::LetGo(PeerId peer) {
  context_.neighbours.Remove(peer);
  if (!context_.mesh) context_.host.Disconnect(peer);
  events_.down(peer);
}

// In good order: the other one knows, and can be asked again.
void View::Leave(PeerId peer) {
  RoomGossip& gossip = context_.outbox.To(peer);
  gossip.Clear();
  gossip.set_neighbour(RoomGossip::NEIGHBOUR_LEAVE);
  Suggest(2, 0, peer, gossip);
  LetGo(peer);
  candidates_.Add(peer);
}

void View::OnNeighbour(const PeerId& peer, RoomGossip::Neighbour word, absl::Time now) {
  switch (word) {
    case RoomGossip::NEIGHBOUR_ASK:
    case RoomGossip::NEIGHBOUR_ASK_URGENT:
      return OnAsk(peer, word == RoomGossip::NEIGHBOUR_ASK_URGENT, now);
    case RoomGossip::NEIGHBOUR_ACCEPT:
      return OnAccept(peer, now);
    case RoomGossip::NEIGHBOUR_REFUSE:
      OnRefusedInMesh(peer, now);
      if (pending_.erase(peer) == 0) return;
      context_.host.Disconnect(peer);
      candidates_.Failed(peer, now);
      return Refill(now);
    case RoomGossip::NEIGHBOUR_LEAVE:
      OnRefusedInMesh(peer, now);
      if (context_.mesh || context_.neighbours.Find(peer) == nullptr) return;
      LetGo(peer);
      candidates_.Add(peer);
      return Refill(now);
    default:
      return;
  }
}

// For others the room is large, and it may be for this member: all have to see it alike.
void View::OnRefusedInMesh(const PeerId& peer, absl::Time now) {
  if (!context_.mesh || context_.members <= MeshBound(false)) return;
  if (context_.neighbours.Find(peer) != nullptr) BecomeLarge(now);
}

void View::OnAsk(const PeerId& peer, bool urgent, absl::Time now) {
  if (IsBanned(peer, now)) {
    context_.outbox.To(peer).set_neighbour(RoomGossip::NEIGHBOUR_REFUSE);
    return;
  }
  const bool known = context_.neighbours.Find(peer) != nullptr;
  if (!known && !context_.mesh && context_.neighbours.size() >= options_.active_view_max) {
    if (!urgent) {
      RoomGossip& gossip = context_.outbox.To(peer);
      gossip.set_neighbour(RoomGossip::NEIGHBOUR_REFUSE);
      return Suggest(2, 2, peer, gossip);
    }
    Leave(context_.neighbours[context_.random.Below(context_.neighbours.size())].id);
  }
  context_.outbox.To(peer).set_neighbour(RoomGossip::NEIGHBOUR_ACCEPT);
  if (!known) Become(peer, now);
}

void View::OnAccept(const PeerId& peer, absl::Time now) {
  if (context_.neighbours.Find(peer) != nullptr || IsBanned(peer, now)) return;
  if (context_.mesh || context_.neighbours.size() < options_.active_view_max) return Become(peer, now);
  context_.outbox.To(peer).set_neighbour(RoomGossip::NEIGHBOUR_LEAVE);  // others asked in the meantime
  if (pending_.erase(peer) > 0) context_.host.Disconnect(peer);
}

void View::Trim(absl::Time now) {
  trim_at_ = absl::InfiniteFuture();
  if (context_.mesh || context_.neighbours.size() <= options_.active_view_max) return;
  Leave(context_.neighbours[context_.random.Below(context_.neighbours.size())].id);
  trim_at_ = now + context_.random.Jitter(kTrimEvery);
}

// ---- telling each other of members

void View::Shuffle(absl::Time now) {
  shuffle_at_ = now + context_.random.Jitter(options_.shuffle_every);
  if (context_.mesh || context_.neighbours.empty()) return;
  const PeerId& peer = context_.neighbours[context_.random.Below(context_.neighbours.size())].id;
  RoomGossip& gossip = context_.outbox.To(peer);
  gossip.set_shuffle(true);
  Suggest(kShuffledNeighbours, kShuffledCandidates, peer, gossip);
}

void View::Suggest(size_t neighbours, size_t candidates, const PeerId& except, RoomGossip& gossip) {
  std::vector<PeerId> peers;
  for (const auto& neighbour : context_.neighbours) peers.push_back(neighbour->id);
  std::erase(peers, except);
  context_.random.Shuffle(peers);
  if (peers.size() > neighbours) peers.resize(neighbours);
  for (PeerId& peer : candidates_.Sample(candidates)) peers.push_back(std::move(peer));
  for (const PeerId& peer : peers) {
    if (peer == except) continue;
    peer::v1::MemberAddresses& member = *gossip.add_members();
    member.set_user(peer);
    context_.host.Describe(peer, member);
  }
}

void View::OnMembers(const PeerId& peer, const RoomGossip& gossip) {
  if (gossip.shuffle() && context_.neighbours.Find(peer) != nullptr) {
    Suggest(kShuffledNeighbours, kShuffledCandidates, peer, context_.outbox.To(peer));
  }
  for (int i = 0; i < std::min(gossip.members_size(), kMaxMembersTold); ++i) {
    context_.host.Learn(gossip.members(i));
    AddCandidate(gossip.members(i).user());
  }
}

// ---- time

void View::OnTimer(absl::Time now) {
  ExpirePending(now);
  if (now >= shuffle_at_) Shuffle(now);
  if (now >= trim_at_) Trim(now);
  if (now >= std::max(candidates_.next_lost(), lost_not_before_)) SeekLost(now);
  if (now >= refill_at_) Refill(now);
}

absl::Time View::next_wake() const {
  if (context_.mesh) return absl::InfiniteFuture();
  absl::Time next = std::min({refill_at_, trim_at_, shuffle_at_});
  for (const auto& [peer, pending] : pending_) next = std::min(next, pending.until);
  if (context_.neighbours.size() + pending_.size() < options_.active_view_max) {
    next = std::min(next, std::max(candidates_.next_lost(), lost_not_before_));
  }
  return next;
}

}  // namespace parlor::client::overlay
