#include "client/overlay/acknowledgements.h"

#include <algorithm>
#include <vector>

namespace parlor::client::overlay {
namespace {

// A room of thousands has no more members than this; further ones are not counted.
constexpr size_t kMaxTags = 20'000;
// Of all streams together; a tag takes some 40 bytes.
constexpr size_t kMaxEntries = 400'000;
// Each may be an entry of its own, of 24 bytes, and a frame has 256 KiB: the rest goes with the next digest.
constexpr size_t kTagsAtOnce = 8'192;

}  // namespace

void Acknowledgements::Note(StreamId stream, MemberTag member, uint64_t up_to, absl::Time now) {
  if (up_to == 0) return;
  if (!known_.contains(stream) && known_.size() >= context_.options.streams) return Schedule(now);
  Known& known = known_[stream];
  known.changed = now;
  const bool full = known.up_to.size() >= kMaxTags || entries_ >= kMaxEntries;
  if (full && !known.up_to.contains(member)) return Schedule(now);
  const auto [before, added] = known.up_to.try_emplace(member, 0);
  if (added) ++entries_;
  if (up_to <= before->second) return;
  before->second = up_to;
  known.unsent.insert(member);
  Schedule(now);
}

void Acknowledgements::Schedule(absl::Time now) {
  flush_at_ = std::min(flush_at_, now + context_.random.Jitter(context_.options.acknowledge_delay));
}

void Acknowledgements::OnNeighbourUp(absl::Time now) {
  if (!known_.empty()) Schedule(now);
}

void Acknowledgements::OnStored(StreamId stream, uint64_t up_to, absl::Time now) {
  Note(stream, self_, up_to, now);
}

void Acknowledgements::OnAcks(const peer::v1::RoomGossip& gossip, absl::Time now) {
  for (const peer::v1::StreamAck& ack : gossip.acks()) {
    const Stream* const stream = context_.streams.Find(ack.stream());
    // Nobody has more than there is.
    if (stream == nullptr || !stream->settled || ack.up_to() > stream->log.highest()) continue;
    if (stream->own) {
      context_.host.OnAcknowledged(ack.stream(), ack.up_to(), {ack.members().begin(), ack.members().end()});
      continue;
    }
    for (const MemberTag member : ack.members()) Note(ack.stream(), member, ack.up_to(), now);
  }
}

void Acknowledgements::OnNeighbourDown(const PeerId& peer, absl::Time now) {
  for (auto& [id, known] : known_) {
    const Stream* const stream = context_.streams.Find(id);
    if (stream == nullptr || stream->source != peer) continue;
    for (const auto& [member, up_to] : known.up_to) known.unsent.insert(member);
    Schedule(now);
  }
}

Neighbour* Acknowledgements::WayBack(StreamId id) const {
  const Stream* const stream = context_.streams.Find(id);
  if (stream == nullptr || stream->own) return nullptr;
  if (Neighbour* const source = context_.neighbours.Find(stream->source); source != nullptr) return source;
  for (const auto& neighbour : context_.neighbours) {
    if (neighbour->eager) return neighbour.get();
  }
  return nullptr;
}

size_t Acknowledgements::Flush(StreamId id, Known& known, size_t limit) {
  const Neighbour* const back = WayBack(id);
  if (back == nullptr) return 0;  // OnNeighbourUp
  absl::btree_map<uint64_t, std::vector<MemberTag>> by_number;
  size_t sent = 0;
  for (; sent < limit && !known.unsent.empty(); ++sent) {
    const MemberTag member = *known.unsent.begin();
    by_number[known.up_to[member]].push_back(member);
    known.unsent.erase(known.unsent.begin());
  }
  for (const auto& [up_to, members] : by_number) {
    peer::v1::StreamAck& ack = *context_.outbox.To(back->id).add_acks();
    ack.set_stream(id);
    ack.set_up_to(up_to);
    ack.mutable_members()->Add(members.begin(), members.end());
  }
  return sent;
}

void Acknowledgements::Forget(absl::Time now) {
  absl::erase_if(known_, [&](const auto& entry) {
    const bool over = now - entry.second.changed > context_.options.refresh_window;
    if (over) entries_ -= entry.second.up_to.size();
    return over;
  });
}

void Acknowledgements::OnTimer(absl::Time now) {
  if (now < flush_at_) return;
  flush_at_ = absl::InfiniteFuture();
  size_t left = kTagsAtOnce;
  for (auto& [id, known] : known_) {
    if (!known.unsent.empty()) left -= Flush(id, known, left);
    if (left > 0) continue;
    Schedule(now);
    break;
  }
  Forget(now);
}

}  // namespace parlor::client::overlay
