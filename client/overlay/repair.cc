#include "client/overlay/repair.h"

#include <algorithm>

#include "client/overlay/frame_limits.h"

namespace parlor::client::overlay {
namespace {

// What one frame has no room for is asked for by another one.
constexpr absl::Duration kNextFrame = absl::Milliseconds(100);

}  // namespace

Repair::Repair(Context& context)
    : context_(context),
      lag_(context.options.first_patience, context.options.least_patience, context.options.most_patience) {}

void Repair::Schedule(Stream& stream, absl::Time at) {
  due_.erase({stream.ask_at, stream.id});
  stream.ask_at = at;
  due_.insert({at, stream.id});
}

void Repair::Settle(Stream& stream) {
  due_.erase({stream.ask_at, stream.id});
  stream.ask_at = stream.missing_since = stream.announced_at = absl::InfiniteFuture();
  stream.announcers.clear();
  stream.asked.clear();
}

// In a mesh the author brings everything itself, in order: what others announce before it came is on its way,
// and asking them for it would burden a room that is behind as it is. Not so what the author announces, for
// it was pushed before; nor a hole before something that came.
absl::Duration Repair::PatienceFor(const Stream& stream, const PeerId& announcer) const {
  const bool comes = context_.mesh && stream.by_author && stream.log.held() == 0 &&
                     announcer != stream.source && context_.neighbours.Find(stream.source) != nullptr;
  return comes ? context_.options.author_patience : lag_.patience();
}

void Repair::OnAnnounced(Stream& stream, const PeerId& peer, uint64_t up_to, absl::Time now) {
  stream.announced = std::max(stream.announced, up_to);
  if (!stream.log.Gap(stream.announced).has_value()) return;
  const auto known = std::find_if(stream.announcers.begin(), stream.announcers.end(),
                                  [&](const Stream::Announcer& announcer) { return announcer.peer == peer; });
  if (known != stream.announcers.end()) {
    known->up_to = std::max(known->up_to, up_to);
  } else if (up_to > stream.log.up_to() && context_.neighbours.Find(peer) != nullptr) {
    stream.announcers.push_back({peer, up_to, 0});
  }
  if (stream.missing_since == absl::InfiniteFuture()) stream.missing_since = stream.announced_at = now;
  const absl::Time at = now + PatienceFor(stream, peer);
  if (stream.asked.empty() && at < stream.ask_at) Schedule(stream, at);
}

void Repair::OnCopy(Stream& stream, const PeerId& from, bool known, bool detour, absl::Time now) {
  const Neighbour* const neighbour = context_.neighbours.Find(from);
  if (!detour && neighbour != nullptr && neighbour->eager) {
    asked_since_tree_ = absl::InfiniteFuture();
    const absl::Time announced_at = known ? stream.asked_announced_at : stream.announced_at;
    if (announced_at != absl::InfiniteFuture()) lag_.Sample(now - announced_at);
    stream.asked_announced_at = absl::InfiniteFuture();
  }
  if (known) return;
  const auto gap = stream.log.Gap(stream.announced);
  if (!gap.has_value()) return Settle(stream);
  // It goes on; and what is only said to be missing is another matter than a hole before what came.
  if (gap->from != stream.gap_from || stream.log.held() == 1) stream.missing_since = now;
  stream.gap_from = gap->from;
  // The whole answer is here: the next part.
  if (!stream.asked.empty() && stream.log.up_to() >= stream.asked_to) {
    stream.asked.clear();
    return AskSomebody(stream, *gap, now);
  }
  if (stream.ask_at == absl::InfiniteFuture()) Schedule(stream, now + PatienceFor(stream));
}

void Repair::OnSkipped(Stream& stream, absl::Time now) {
  if (!stream.log.Gap(stream.announced).has_value()) return Settle(stream);
  if (stream.ask_at == absl::InfiniteFuture()) {
    stream.missing_since = now;
    Schedule(stream, now + lag_.patience());
  }
}

void Repair::OnNeighbourDown(const PeerId& peer, absl::Time now) {
  std::vector<StreamId> missing;
  for (const auto& [at, id] : due_) missing.push_back(id);
  for (const StreamId id : missing) {
    Stream* const stream = context_.streams.Find(id);
    if (stream == nullptr) continue;
    std::erase_if(stream->announcers, [&](const auto& announcer) { return announcer.peer == peer; });
    if (stream->asked != peer) continue;
    stream->asked.clear();
    Schedule(*stream, now);
  }
}

// The one that was asked least often, and of these the first to have announced it.
void Repair::AskSomebody(Stream& stream, const Range& gap, absl::Time now) {
  Stream::Announcer* best = nullptr;
  for (Stream::Announcer& announcer : stream.announcers) {
    if (announcer.up_to >= gap.from && (best == nullptr || announcer.asked < best->asked)) best = &announcer;
  }
  if (best != nullptr) return Ask(stream, *best, gap, now);
  Schedule(stream, now + context_.options.ask_timeout);  // until somebody announces it again
}

void Repair::Ask(Stream& stream, Stream::Announcer& announcer, const Range& gap, absl::Time now) {
  const PeerId peer = announcer.peer;
  if (context_.outbox.To(peer).wants_size() >= kMaxWants) return Schedule(stream, now + kNextFrame);
  ++announcer.asked;
  stream.asked = peer;
  stream.asked_to = std::min({gap.to, announcer.up_to, gap.from + context_.options.answer_messages - 1});
  stream.asked_announced_at = stream.announced_at;
  peer::v1::RoomGossip& gossip = context_.outbox.To(peer);
  peer::v1::StreamRange& want = *gossip.add_wants();
  want.set_stream(stream.id);
  want.set_from(gap.from);
  want.set_to(stream.asked_to);
  Neighbour* const neighbour = context_.neighbours.Find(peer);
  if (neighbour != nullptr && !context_.mesh && TreeIsBroken(now)) {
    neighbour->eager = true;
    gossip.set_graft(true);
  }
  asked_since_tree_ = std::min(asked_since_tree_, now);
  Schedule(stream, now + context_.options.ask_timeout);
}

// Nobody is blamed for a hole before something that came, which may be the author's; and what was asked for
// at about the same time, of many streams, is one question.
void Repair::OnUnanswered(Stream& stream, absl::Time now) {
  Neighbour* const neighbour = context_.neighbours.Find(std::exchange(stream.asked, {}));
  if (neighbour == nullptr || stream.log.held() > 0) return;
  if (now - neighbour->conduct->unanswered_at < context_.options.ask_timeout) return;
  neighbour->conduct->unanswered_at = now;
  ++neighbour->conduct->unanswered_wants;
}

// What came proves that there is something before it, which then nobody has. That there is more after it is
// only said: a lie may cost others' time, and no message that is still to be written.
void Repair::GiveUp(Stream& stream, absl::Time now) {
  stream.announced = stream.log.highest();
  if (const auto gap = stream.log.Gap(stream.announced); gap.has_value()) stream.log.SkipTo(gap->to);
  stream.missing_since = now;
}

void Repair::OnTimer(absl::Time now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const StreamId id = due_.begin()->second;
    Stream* const stream = context_.streams.Find(id);
    if (stream == nullptr ||
        stream->ask_at != due_.begin()->first) {  // forgotten for a newer one, perhaps known again
      due_.erase(due_.begin());
      continue;
    }
    if (!stream->asked.empty()) OnUnanswered(*stream, now);
    if (now - stream->missing_since >= context_.options.give_up_after) GiveUp(*stream, now);
    const auto gap = stream->log.Gap(stream->announced);
    gap.has_value() ? AskSomebody(*stream, *gap, now) : Settle(*stream);
  }
}

}  // namespace parlor::client::overlay
