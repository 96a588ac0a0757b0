#include "client/overlay/broadcast.h"

#include <algorithm>
#include <array>

#include "client/overlay/frame_limits.h"
#include "client/overlay/liveness.h"
#include "client/overlay/relays.h"

namespace parlor::client::overlay {
namespace {

using peer::v1::RoomGossip;

constexpr size_t kMaxRefreshed = 64;  // streams, the latest: others were told of before
// Neighbours that are told again while something changes. Each member is told by several, and links that lose
// nothing have little need of it.
constexpr size_t kRefreshed = 2;

// Once it shows that nothing changes any more, what is known is told again after so long, in a large room to
// all, and then no more.
constexpr std::array<absl::Duration, 2> kQuietRefreshes = {absl::Seconds(4), absl::Seconds(15)};

void AddMark(const Stream& stream, RoomGossip& gossip) {
  const uint64_t up_to = std::min(stream.log.up_to(), stream.withheld_from - 1);
  if (!stream.settled || up_to == 0) return;
  peer::v1::StreamMark& mark = *gossip.add_haves();
  mark.set_stream(stream.id);
  mark.set_up_to(up_to);
  mark.set_hops(stream.hops);
}

}  // namespace

size_t Broadcast::Spread(Stream& stream, const Payload& payload, const PeerId& from, absl::Time now) {
  context_.streams.Touch(stream, now);
  stream.hops = payload.hops;
  reference_.OnMessage(stream.id, now);
  cache_.Add(payload);
  ScheduleRefresh(now);
  const bool own = from.empty();
  size_t pushed = 0;
  for (const auto& neighbour : context_.neighbours) {
    if (neighbour->id == from) continue;
    if (context_.mesh && !own && !Relays::PassesOn(*neighbour, payload, now)) continue;
    if (!neighbour->eager) {
      Announce(*neighbour, stream.id, now);
    } else if (!neighbour->stalled && context_.host.SendPayload(neighbour->id, payload)) {
      Liveness::Sent(*neighbour, now);
      ++pushed;
    } else {
      neighbour->stalled = true;
    }
  }
  return pushed;
}

// Unless the other one was told to be silent, too, and what it sent before it heard that came first: one of
// two has to stay.
void Broadcast::OnDuplicate(Neighbour& from, const Stream& stream) {
  if (context_.mesh || !from.eager || !reference_.Is(stream.id)) return;
  const Neighbour* const source = context_.neighbours.Find(stream.source);
  if (source == nullptr || source == &from || !source->eager) return;
  from.eager = false;
  context_.outbox.To(from.id).set_prune(true);
}

void Broadcast::OnKnownMark(Neighbour& from, const Stream& stream, const peer::v1::StreamMark& mark) {
  from.to_announce.erase(stream.id);  // it has as much
  if (context_.mesh || from.eager || !reference_.Is(stream.id) || mark.up_to() != stream.log.up_to()) return;
  if (uint64_t{mark.hops()} + 1 + context_.options.shortcut_hops > stream.hops) return;
  Neighbour* const longer = context_.neighbours.Find(stream.source);
  if (longer == nullptr || longer == &from || !longer->eager) return;
  from.eager = true;
  context_.outbox.To(from.id).set_graft(true);
  longer->eager = false;
  context_.outbox.To(longer->id).set_prune(true);
}

// ---- announcements

void Broadcast::Announce(Neighbour& neighbour, StreamId stream, absl::Time now) const {
  neighbour.to_announce.insert(stream);
  neighbour.announce_at = std::min(neighbour.announce_at, now + context_.options.announce_delay);
}

void Broadcast::FlushAnnouncements(Neighbour& neighbour, absl::Time now) {
  neighbour.announce_at = absl::InfiniteFuture();
  RoomGossip& gossip = context_.outbox.To(neighbour.id);
  while (!neighbour.to_announce.empty()) {
    if (gossip.haves_size() >= kMaxHaves) {  // the rest with the next frame
      neighbour.announce_at = now + context_.options.announce_delay;
      return;
    }
    const auto next = neighbour.to_announce.begin();
    if (const Stream* const stream = context_.streams.Find(*next); stream != nullptr)
      AddMark(*stream, gossip);
    neighbour.to_announce.erase(next);
  }
}

void Broadcast::OnNeighbourUp(Neighbour& neighbour) {
  std::vector<const Stream*> streams =
      context_.streams.ChangedSince(absl::InfinitePast(), context_.options.streams);
  // An ACCEPT leaves first: of somebody who is no neighbour, what it announces is not asked for.
  RoomGossip& gossip = context_.outbox.To(neighbour.id);
  for (size_t i = 0; i < streams.size(); ++i) {
    AddMark(*streams[i], gossip);
    if (gossip.haves_size() < kMaxHaves || i + 1 == streams.size()) continue;
    if (!context_.host.SendGossip(neighbour.id, gossip)) {
      gossip.clear_haves();
      neighbour.stalled = true;  // OnWritable tells it again
      return;
    }
    gossip.Clear();
  }
  gossip.set_all(context_.baseline);
}

void Broadcast::OnWritable(Neighbour& neighbour) {
  // However long ago it was that something did not fit.
  if (std::exchange(neighbour.stalled, false)) OnNeighbourUp(neighbour);
}

// ---- what has changed lately, again

void Broadcast::ScheduleRefresh(absl::Time now) {
  changed_since_refresh_ = true;
  quiet_refreshes_ = 0;
  refresh_at_ = std::min(refresh_at_, now + context_.random.Jitter(context_.options.refresh_every));
}

void Broadcast::Refresh(absl::Time now) {
  const bool quiet = !std::exchange(changed_since_refresh_, false);
  if (quiet) ++quiet_refreshes_;
  if (quiet_refreshes_ > kQuietRefreshes.size()) {
    refresh_at_ = absl::InfiniteFuture();
  } else {
    refresh_at_ = now + context_.random.Jitter(quiet_refreshes_ == 0 ? context_.options.refresh_every
                                                                     : kQuietRefreshes[quiet_refreshes_ - 1]);
  }
  // What was told last time is told once more; when all is quiet, everything that may have been lost.
  const absl::Duration window = quiet ? context_.options.refresh_window : 2 * context_.options.refresh_every;
  const auto changed = context_.streams.ChangedSince(now - window, kMaxRefreshed);
  if (!context_.mesh && quiet_refreshes_ > 1) {
    for (const auto& neighbour : context_.neighbours) RefreshTo(*neighbour, changed);
    return;
  }
  for (size_t i = 0; i < std::min(kRefreshed, context_.neighbours.size()); ++i) {
    RefreshTo(context_.neighbours[context_.random.Below(context_.neighbours.size())], changed);
  }
}

void Broadcast::RefreshTo(const Neighbour& neighbour, const std::vector<const Stream*>& changed) {
  RoomGossip& gossip = context_.outbox.To(neighbour.id);
  if (gossip.haves_size() > 0) return;  // it is being told
  for (const Stream* stream : changed) AddMark(*stream, gossip);
}

// ---- time

void Broadcast::OnTimer(absl::Time now) {
  for (const auto& neighbour : context_.neighbours) {
    if (now >= neighbour->announce_at) FlushAnnouncements(*neighbour, now);
  }
  if (now >= refresh_at_) Refresh(now);
}

absl::Time Broadcast::next_wake() const {
  absl::Time next = refresh_at_;
  for (const auto& neighbour : context_.neighbours) next = std::min(next, neighbour->announce_at);
  return next;
}

}  // namespace parlor::client::overlay
