#include "client/overlay/relays.h"

#include <algorithm>
#include <string>

#include "client/overlay/frame_limits.h"

namespace parlor::client::overlay {

// The last who brought something is the one who has it.
void Relays::Want(StreamId stream, const PeerId& from) {
  if (!context_.mesh || context_.neighbours.Find(from) == nullptr) return;
  const auto wanted = wanted_.find(stream);
  if (wanted != wanted_.end() && wanted->second == from) return;
  if (wanted == wanted_.end() && wanted_.size() >= kMaxWanted) return;
  peer::v1::RoomGossip& gossip = context_.outbox.To(from);
  if (gossip.relay_size() >= kMaxRelaysTold) return;  // with its next message
  gossip.add_relay(stream);
  if (wanted != wanted_.end()) Stop(stream, wanted->second);
  wanted_[stream] = from;
}

void Relays::Stop(StreamId stream, const PeerId& relay) {
  if (context_.neighbours.Find(relay) == nullptr) return;
  peer::v1::RoomGossip& gossip = context_.outbox.To(relay);
  // What does not fit goes on coming, twice, until its author is gone.
  if (gossip.no_relay_size() < kMaxRelaysTold) gossip.add_no_relay(stream);
}

void Relays::OnReached(MemberTag author) {
  absl::erase_if(wanted_, [&](const auto& wanted) {
    const Stream* const stream = context_.streams.Find(wanted.first);
    if (stream != nullptr && stream->author != author) return false;
    Stop(wanted.first, wanted.second);
    return true;
  });
}

void Relays::OnDuplicate(const PeerId& from, const Stream& stream) {
  const auto wanted = wanted_.find(stream.id);
  if (wanted == wanted_.end() || wanted->second != from || !stream.by_author) return;
  Stop(stream.id, from);
  wanted_.erase(wanted);
}

void Relays::OnNeighbourDown(const PeerId& peer) {
  absl::erase_if(wanted_, [&](const auto& wanted) { return wanted.second == peer; });
}

void Relays::OnGossip(Neighbour& neighbour, const peer::v1::RoomGossip& gossip) const {
  for (int i = 0; i < std::min(gossip.no_relay_size(), kMaxRelaysTold); ++i) {
    neighbour.passed_on.erase(gossip.no_relay(i));
  }
  for (int i = 0; i < std::min(gossip.relay_size(), kMaxRelaysTold); ++i) {
    if (neighbour.passed_on.size() < kMaxPassedOn) neighbour.passed_on.insert(gossip.relay(i));
  }
}

bool Relays::PassesOn(Neighbour& neighbour, const Payload& payload, absl::Time now) {
  return neighbour.passed_on.contains(payload.id.stream) &&
         neighbour.conduct->answers.TryTake(now, static_cast<double>(payload.bytes->size()));
}

}  // namespace parlor::client::overlay
