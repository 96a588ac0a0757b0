#include "client/overlay/simulator/network.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parlor::client::overlay::simulator {
namespace {

// A well mixed number from another (SplitMix64): the latency of a pair needs no table.
uint64_t Mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

PeerId NameOf(MemberIndex member) {
  return absl::StrCat("m", member);
}

MemberIndex IndexOf(const PeerId& name) {
  MemberIndex member = 0;
  std::from_chars(name.data() + 1, name.data() + name.size(), member);
  return member;
}

Network::Network(EventQueue& events, NetworkOptions options, uint64_t seed)
    : events_(events), options_(options), seed_(seed), random_(seed) {}

MemberIndex Network::Add(Endpoint* endpoint) {
  members_.push_back({endpoint});
  return static_cast<MemberIndex>(members_.size() - 1);
}

void Network::Crash(MemberIndex member) {
  members_[member].endpoint = nullptr;
}

Network::LinkKey Network::KeyOf(MemberIndex a, MemberIndex b) {
  return static_cast<LinkKey>(std::min(a, b)) << 32 | std::max(a, b);
}

absl::Duration Network::Latency(MemberIndex a, MemberIndex b) const {
  const double part = static_cast<double>(Mix(KeyOf(a, b) ^ seed_) % 10'000) / 10'000;
  return options_.least_latency + part * (options_.most_latency - options_.least_latency);
}

bool Network::Reaches(MemberIndex a, MemberIndex b) const {
  return alive(a) && alive(b) && (side_ == nullptr || side_(a) == side_(b));
}

// ---- links

void Network::Want(MemberIndex member, MemberIndex peer) {
  Link& link = links_[KeyOf(member, peer)];
  link.wanted[member > peer] = true;
  if (link.up || std::exchange(link.dialling, true)) return;
  if (!Reaches(member, peer)) {
    events_.After(options_.refused_after, [this, member, peer] {
      links_[KeyOf(member, peer)].dialling = false;
      if (alive(member)) members_[member].endpoint->OnConnectFailed(peer);
    });
    return;
  }
  // QUIC's handshake and both tickets: the one who dialled knows after two round trips, the other one half a
  // round trip earlier.
  events_.After(3 * Latency(member, peer), [this, member, peer] { OnDialled(member, peer); });
}

void Network::OnDialled(MemberIndex from, MemberIndex to) {
  Link& link = links_[KeyOf(from, to)];
  link.dialling = false;
  if (!Reaches(from, to) || !(link.wanted[0] || link.wanted[1])) return;
  link.up = true;
  members_[to].endpoint->OnLinkUp(from);
  events_.After(Latency(from, to), [this, from, to] {
    if (links_[KeyOf(from, to)].up && alive(from)) members_[from].endpoint->OnLinkUp(to);
  });
}

void Network::Unwant(MemberIndex member, MemberIndex peer) {
  const auto found = links_.find(KeyOf(member, peer));
  if (found == links_.end()) return;
  Link& link = found->second;
  link.wanted[member > peer] = false;
  if (link.up && !link.wanted[0] && !link.wanted[1]) Close(member, peer);
}

void Network::Cut(MemberIndex member, MemberIndex peer) {
  const auto found = links_.find(KeyOf(member, peer));
  if (found == links_.end() || !found->second.up) return;
  found->second.wanted[0] = found->second.wanted[1] = false;
  Close(member, peer);
}

void Network::Close(MemberIndex by, MemberIndex other) {
  links_[KeyOf(by, other)].up = false;
  const auto tell = [this](MemberIndex member, MemberIndex peer) {
    if (alive(member) && !links_[KeyOf(member, peer)].up) members_[member].endpoint->OnLinkDown(peer);
  };
  events_.After(absl::ZeroDuration(), [=] { tell(by, other); });
  events_.After(Latency(by, other), [=] { tell(other, by); });
}

// ---- frames

void Network::Carry(MemberIndex from, MemberIndex to, std::function<void(Endpoint&)> deliver) {
  const auto link = links_.find(KeyOf(from, to));
  if (link == links_.end() || !link->second.up || !Reaches(from, to)) return;
  if (options_.loss > 0 && static_cast<double>(random_.Below(1'000'000)) < options_.loss * 1e6) return;
  events_.After(Latency(from, to), [this, to, deliver = std::move(deliver)] {
    if (alive(to)) deliver(*members_[to].endpoint);
  });
}

void Network::SendGossip(MemberIndex from, MemberIndex to, const peer::v1::RoomGossip& gossip) {
  ++traffic_.gossip_frames;
  traffic_.gossip_bytes += gossip.ByteSizeLong();
  Carry(from, to, [from, shared = std::make_shared<const peer::v1::RoomGossip>(gossip)](Endpoint& endpoint) {
    endpoint.OnGossip(from, *shared);
  });
}

void Network::SendPayload(MemberIndex from, MemberIndex to, const Payload& payload) {
  ++traffic_.payload_frames;
  Carry(from, to, [from, payload](Endpoint& endpoint) { endpoint.OnPayload(from, payload); });
}

}  // namespace parlor::client::overlay::simulator
