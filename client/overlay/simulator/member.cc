#include "client/overlay/simulator/member.h"

#include <utility>

namespace parlor::client::overlay::simulator {
namespace {

constexpr int kReplays = 40;
constexpr StreamId kNobodysStream = 7'777'777;
// A message is proved and on the disk after this.
constexpr absl::Duration kStoring = absl::Milliseconds(5);

}  // namespace

Member::Member(EventQueue& events, Network& network, Ledger& ledger, const OverlayOptions& options,
               uint64_t seed, Nature nature, Directory directory)
    : events_(events),
      network_(network),
      ledger_(ledger),
      nature_(nature),
      directory_(std::move(directory)),
      index_(network.Add(this)),
      overlay_(*this, {NameOf(index_), index_ + 1, seed}, options) {}

void Member::Join(const std::vector<PeerId>& sample, size_t room_size) {
  overlay_.SetRoomSize(room_size, events_.now());
  if (overlay_.mesh()) {
    for (const PeerId& peer : sample) Connect(peer);
  }
  overlay_.AddCandidates(sample, events_.now());
  Rearm();
}

void Member::SetRoomSize(size_t members) {
  overlay_.SetRoomSize(members, events_.now());
  Rearm();
}

void Member::Write() {
  const Payload payload = ledger_.Write(index_, events_.now());
  history_.emplace(std::pair(payload.id.stream, payload.id.number), payload);
  overlay_.Publish(payload, events_.now());
  Rearm();
}

// One timer a member is planned; earlier ones find that they are not the one any more.
void Member::Rearm() {
  const absl::Time wake = overlay_.next_wake();
  if (wake >= armed_) return;
  armed_ = wake;
  events_.At(wake, [this, wake] {
    if (armed_ != wake || !network_.alive(index_)) return;
    armed_ = absl::InfiniteFuture();
    overlay_.OnTimer(events_.now());
    Rearm();
  });
}

// ---- what comes

void Member::OnLinkUp(MemberIndex peer) {
  overlay_.OnLinkUp(NameOf(peer), events_.now());
  Rearm();
}

void Member::OnLinkDown(MemberIndex peer) {
  overlay_.OnLinkDown(NameOf(peer), events_.now());
  Rearm();
}

void Member::OnConnectFailed(MemberIndex peer) {
  overlay_.OnConnectFailed(NameOf(peer), events_.now());
  Rearm();
}

void Member::OnGossip(MemberIndex from, const peer::v1::RoomGossip& gossip) {
  overlay_.OnGossip(NameOf(from), gossip, events_.now());
  Rearm();
}

void Member::OnPayload(MemberIndex from, const Payload& payload) {
  ledger_.OnArrival(index_, payload, events_.now());
  const absl::Time now = events_.now();
  const PeerId peer = NameOf(from);
  if (overlay_.Knows(payload.id)) {
    overlay_.OnDuplicate(peer, payload, now);
  } else if (!ledger_.IsGenuine(payload)) {
    overlay_.OnForged(peer, absl::DataLossError("nobody wrote it"), now);
  } else if (overlay_.OnMessage(peer, payload.id.stream == from + 1, payload, now).ok()) {
    history_.emplace(std::pair(payload.id.stream, payload.id.number), payload);
    const PeerId author = NameOf(static_cast<MemberIndex>(payload.id.stream - 1));
    if (!overlay_.IsNeighbour(author)) overlay_.OnUnreached(payload.id.stream, peer, now);
    events_.After(kStoring, [this, id = payload.id] {
      overlay_.OnStored(id.stream, id.number, events_.now());
      Rearm();
    });
  }
  Rearm();
}

// ---- what goes

bool Member::SendGossip(const PeerId& to, const peer::v1::RoomGossip& gossip) {
  peer::v1::RoomGossip sent = gossip;
  if (nature_ == Nature::kSwallowing) {
    sent.clear_haves();
    sent.clear_acks();
  }
  if (nature_ == Nature::kLying) {
    for (peer::v1::StreamMark& mark : *sent.mutable_haves()) mark.set_up_to(mark.up_to() + 1'000'000);
    sent.add_haves()->set_stream(kNobodysStream);
    sent.mutable_haves()->rbegin()->set_up_to(5);
  }
  network_.SendGossip(index_, IndexOf(to), sent);
  return true;
}

bool Member::SendPayload(const PeerId& to, const Payload& payload) {
  const bool own = payload.id.stream == index_ + 1;
  if (!own && (nature_ == Nature::kWithholding || nature_ == Nature::kSwallowing)) return true;
  Payload sent = payload;
  if (!own && nature_ == Nature::kForging) sent.bytes = std::make_shared<const std::string>("forged");
  const int times = nature_ == Nature::kReplaying ? kReplays : 1;
  for (int i = 0; i < times; ++i) network_.SendPayload(index_, IndexOf(to), sent);
  return true;
}

void Member::Accuse(const PeerId& peer, const absl::Status&) {
  ++accused_;
  network_.Cut(index_, IndexOf(peer));
}

void Member::WantCandidates() {
  if (directory_ == nullptr || std::exchange(asking_directory_, true)) return;
  events_.After(absl::Milliseconds(50), [this] {
    asking_directory_ = false;
    if (!network_.alive(index_)) return;
    overlay_.AddCandidates(directory_(index_), events_.now());
    Rearm();
  });
}

// At once, and so never under way; what it weighs is not counted here.
bool Member::SendFromHistory(const PeerId& to, StreamId stream, uint64_t from, uint64_t up_to) {
  for (auto it = history_.lower_bound({stream, from}); it != history_.end(); ++it) {
    if (it->first.first != stream || it->first.second > up_to) break;
    Payload answer = it->second;
    answer.detour = true;
    SendPayload(to, answer);
  }
  return false;
}

void Member::OnAcknowledged(StreamId, uint64_t up_to, const std::vector<MemberTag>& members) {
  for (const MemberTag member : members) {
    uint64_t& before = acknowledged_[member];
    for (uint64_t number = before + 1; number <= up_to; ++number) {
      if (Ledger::Entry* const entry = ledger_.Find({index_ + 1, number}); entry != nullptr) {
        ++entry->acknowledged;
      }
    }
    before = std::max(before, up_to);
  }
}

}  // namespace parlor::client::overlay::simulator
