// The overlay's world: who its members are, and how what it says reaches them.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/room/room.h"

namespace parlor::client {
namespace {

// Of a large room's members, to an overlay that knows of nobody to ask.
constexpr size_t kCandidatesAtOnce = 16;

}  // namespace

// ---- what it says

// After what was pushed before: who announces a message has sent it by then.
bool Room::SendGossip(const overlay::PeerId& to, const peer::v1::RoomGossip& gossip) {
  if (!outgoing_.Flush(to)) return false;
  peer::v1::Frame frame;
  *frame.mutable_room_gossip() = gossip;
  frame.mutable_room_gossip()->set_room(id_);
  return host_.SendFrame(to, frame);
}

bool Room::SendPayload(const overlay::PeerId& to, const overlay::Payload& payload) {
  const AuthorKey* const author = streams_.Find(payload.id.stream);
  return outgoing_.Add(to, payload, author == nullptr ? std::string() : author->first);
}

void Room::EndTurn() {
  for (const std::string& user : outgoing_.FlushAll()) overlay_.OnStalled(user);
  if (const absl::Time wake = overlay_.next_wake(); wake < absl::InfiniteFuture()) host_.WakeAt(wake);
}

// ---- links

void Room::Connect(const overlay::PeerId& peer) {
  const auto member = members_.find(peer);
  if (left_ || member == members_.end()) return;  // it was told of by others, and is not here
  connected_.insert(peer);
  host_.WantLink(peer, std::exchange(member->second.introduction, {}));
}

void Room::Disconnect(const overlay::PeerId& peer) {
  if (connected_.erase(peer) > 0 && !small_) host_.ReleaseLink(peer);
}

void Room::Accuse(const overlay::PeerId& peer, const absl::Status& why) {
  const bool forged = absl::IsDataLoss(why);
  host_.Emit(WarningEvent{forged ? "forged" : "let_go",
                          forged ? std::string(why.message())
                                 : absl::StrCat("@", peer, " was let go in #", name_, ": ", why.message())});
  host_.CloseLink(peer, why);
}

// ---- members

void Room::Describe(const overlay::PeerId& peer, peer::v1::MemberAddresses& addresses) {
  const auto member = members_.find(peer);
  if (member != members_.end()) addresses.set_device(member->second.device);
  for (const PeerAddress& address : host_.AddressesOf(peer)) {
    peer::v1::Address& wire = *addresses.add_addresses();
    wire.set_ip(address.ip);
    wire.set_port(address.port);
  }
}

void Room::Learn(const peer::v1::MemberAddresses& addresses) {
  TakeAddresses(addresses);
}

void Room::OnNeighbourUp(const overlay::PeerId&) {
  AskForPast();
}

void Room::WantCandidates() {
  if (std::exchange(offer_candidates_, true)) return;
  host_.AfterThisTurn([weak = std::weak_ptr(alive_)](absl::Time now) {
    if (const auto alive = weak.lock()) (*alive)->OfferCandidates(now);
  });
}

void Room::OfferCandidates(absl::Time now) {
  offer_candidates_ = false;
  const Turn turn(*this);
  std::vector<overlay::PeerId> users;
  for (const auto& [user, member] : members_) {
    if (member.in_roster && !member.reconnecting) users.push_back(user);
  }
  dice_.Shuffle(users);
  if (users.size() > kCandidatesAtOnce) users.resize(kCandidatesAtOnce);
  overlay_.AddCandidates(users, now);
}

// ---- how large the room is

void Room::SetSize(absl::Time now) {
  const size_t here = members_.size() + 1;
  overlay_.SetRoomSize(roster_is_whole_ ? here : std::max(here, announced_size_), now);
  FollowOverlay(now);
}

void Room::FollowOverlay(absl::Time now) {
  if (overlay_.mesh() == small_) return;
  small_ = overlay_.mesh();
  small_ ? BecomeSmall() : BecomeLarge(now);
}

void Room::BecomeLarge(absl::Time now) {
  std::vector<overlay::PeerId> users;
  for (const auto& [user, member] : members_) {
    users.push_back(user);
    if (!connected_.contains(user)) host_.DropLink(user);
  }
  overlay_.AddCandidates(users, now);
}

void Room::BecomeSmall() {
  connected_.clear();
  for (const auto& [user, member] : members_) {
    if (member.joined) host_.WantLink(user, {});
  }
  DialAll();
}

// ---- who has what

bool Room::SendFromHistory(const overlay::PeerId& to, overlay::StreamId stream, uint64_t from,
                           uint64_t up_to) {
  peer::v1::RoomWant want;
  if (stream == own_stream_) {
    want.set_device(self_.device);
    want.set_epoch(self_.epoch);
  } else if (const AuthorKey* const author = streams_.Find(stream); author != nullptr) {
    want.set_device(author->first);
    want.set_epoch(author->second);
  } else {
    return false;
  }
  want.set_from(from);
  want.set_to(up_to);
  Answer(to, want, /*past=*/false);
  return true;
}

const std::string* Room::UserOf(overlay::MemberTag tag) {
  if (std::exchange(tags_are_stale_, false)) {
    tags_.clear();
    for (const auto& [user, member] : members_) tags_[overlay::TagOf(member.device)] = user;
  }
  const auto user = tags_.find(tag);
  return user == tags_.end() ? nullptr : &user->second;
}

void Room::OnAcknowledged(overlay::StreamId stream, uint64_t up_to,
                          const std::vector<overlay::MemberTag>& members) {
  if (stream != own_stream_) return;
  std::vector<const OwnMessage*> counted;
  uint64_t from = up_to + 1;
  for (const overlay::MemberTag tag : members) {
    const std::string* const user = UserOf(tag);
    if (user == nullptr) continue;
    const std::vector<const OwnMessage*> news = own_.OnHave(*user, own_.NextOf(*user), up_to);
    if (!news.empty()) from = std::min(from, news.front()->number);
    if (members_.size() < kMaxNamedHolders) {
      TellDelivered(news, *user);
    } else {
      counted.insert(counted.end(), news.begin(), news.end());
    }
  }
  std::sort(counted.begin(), counted.end(),
            [](const OwnMessage* a, const OwnMessage* b) { return a->number < b->number; });
  counted.erase(std::unique(counted.begin(), counted.end()), counted.end());
  TellDelivered(counted, {});
  if (from <= up_to) RaiseDelivered(from, std::min(up_to, own_.last()));
}

}  // namespace parlor::client
