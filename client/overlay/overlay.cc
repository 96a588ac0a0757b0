#include "client/overlay/overlay.h"

#include <algorithm>
#include <utility>

#include "client/overlay/frame_limits.h"

namespace parlor::client::overlay {
namespace {

using peer::v1::RoomGossip;

// What is looked up in history for one neighbour at a time: of each stream that it lacks, something.
constexpr int kLookUpsAtOnce = 64;
// Newcomers among themselves know of no past: after so long there is none.
constexpr absl::Duration kBaselinePatience = absl::Seconds(10);
// For a link that takes nothing; further acknowledgements are lost.
constexpr size_t kMaxHeldBytes = 64 * 1024;

// Probes, answers and members call for no answer: else two who have nothing to say would ask each other for
// ever whether they live.
bool TellsNews(const RoomGossip& gossip) {
  return gossip.haves_size() > 0 || gossip.wants_size() > 0 || gossip.acks_size() > 0;
}

}  // namespace

Overlay::Overlay(OverlayHost& host, Self self, OverlayOptions options)
    : context_{.host = host,
               .self = std::move(self.peer),
               .options = options,
               .random = Random(self.seed),
               .outbox = {},
               .neighbours = {}},
      cache_(context_.options),
      view_(context_, {[this](Neighbour& neighbour) { OnNeighbourUp(neighbour); },
                       [this](const PeerId& peer) { OnNeighbourDown(peer); }}),
      liveness_(context_),
      broadcast_(context_, cache_),
      repair_(context_),
      relays_(context_),
      acknowledgements_(context_, self.tag),
      conduct_(context_.options) {}

// ---- the room

void Overlay::SetRoomSize(size_t members, absl::Time now) {
  now_ = now;
  if (members <= 1) SetBaseline();  // there is no past that others know
  view_.SetRoomSize(members, now);
  Flush(now);
}

void Overlay::AddCandidates(const std::vector<PeerId>& peers, absl::Time now) {
  now_ = now;
  for (const PeerId& peer : peers) view_.AddCandidate(peer);
  view_.OnTimer(now);
  Flush(now);
}

void Overlay::Forget(const PeerId& peer, absl::Time now) {
  now_ = now;
  view_.Forget(peer, now);
  Flush(now);
}

// ---- links

void Overlay::OnLinkUp(const PeerId& peer, absl::Time now) {
  now_ = now;
  view_.OnLinkUp(peer, now);
  Flush(now);
}

void Overlay::OnLinkDown(const PeerId& peer, absl::Time now) {
  now_ = now;
  view_.OnLinkDown(peer, now);
  Flush(now);
}

void Overlay::OnConnectFailed(const PeerId& peer, absl::Time now) {
  now_ = now;
  view_.OnConnectFailed(peer, now);
  Flush(now);
}

void Overlay::OnWritable(const PeerId& peer, absl::Time now) {
  now_ = now;
  if (Neighbour* const neighbour = context_.neighbours.Find(peer); neighbour != nullptr) {
    context_.outbox.To(peer).MergeFrom(std::exchange(neighbour->held, {}));
    broadcast_.OnWritable(*neighbour);
  }
  Flush(now);
}

void Overlay::OnStalled(const PeerId& peer) {
  if (Neighbour* const neighbour = context_.neighbours.Find(peer); neighbour != nullptr)
    neighbour->stalled = true;
}

bool Overlay::OnContact(const PeerId& peer, absl::Time now) {
  now_ = now;
  view_.OnContact(peer, now);
  Flush(now);
  return IsNeighbour(peer);
}

void Overlay::OnNeighbourUp(Neighbour& neighbour) {
  if (!context_.baseline) baseline_at_ = std::min(baseline_at_, now_ + kBaselinePatience);
  broadcast_.OnNeighbourUp(neighbour);
  acknowledgements_.OnNeighbourUp(now_);
  context_.host.OnNeighbourUp(neighbour.id);
}

// Neighbours who came sooner wait for it as well.
void Overlay::SetBaseline() {
  baseline_at_ = absl::InfiniteFuture();
  if (std::exchange(context_.baseline, true)) return;
  for (const auto& neighbour : context_.neighbours) context_.outbox.To(neighbour->id).set_all(true);
}

void Overlay::OnNeighbourDown(const PeerId& peer) {
  repair_.OnNeighbourDown(peer, now_);
  relays_.OnNeighbourDown(peer);
  acknowledgements_.OnNeighbourDown(peer, now_);
}

Neighbour* Overlay::Heard(const PeerId& peer) const {
  Neighbour* const neighbour = context_.neighbours.Find(peer);
  if (neighbour != nullptr) Liveness::Heard(*neighbour, now_);
  return neighbour;
}

bool Overlay::LetGoUnless(const PeerId& peer, const absl::Status& conduct, absl::Time now) {
  if (conduct.ok()) return false;
  view_.Ban(peer, now);
  context_.host.Accuse(peer, conduct);
  return true;
}

// ---- what others say

void Overlay::OnGossip(const PeerId& peer, const RoomGossip& gossip, absl::Time now) {
  now_ = now;
  Neighbour* neighbour = Heard(peer);
  if (neighbour != nullptr && LetGoUnless(peer, conduct_.OnFrame(*neighbour, now), now)) return Flush(now);
  if (neighbour == nullptr && !view_.MaySpeak(peer, now)) return;
  if (gossip.probe() != 0) context_.outbox.To(peer).set_answer(gossip.probe());
  if (gossip.neighbour() != RoomGossip::NEIGHBOUR_UNSPECIFIED) {
    view_.OnNeighbour(peer, gossip.neighbour(), now);
    neighbour = context_.neighbours.Find(peer);
  }
  view_.OnMembers(peer, gossip);
  if (neighbour != nullptr) OnNeighboursGossip(*neighbour, gossip, now);
  Flush(now);
}

void Overlay::OnNeighboursGossip(Neighbour& neighbour, const RoomGossip& gossip, absl::Time now) {
  if (gossip.prune()) broadcast_.OnPrune(neighbour);
  if (gossip.graft()) broadcast_.OnGraft(neighbour);
  relays_.OnGossip(neighbour, gossip);
  OnHaves(neighbour, gossip, now);
  for (int i = 0; i < std::min(gossip.wants_size(), kMaxWants); ++i) Answer(neighbour, gossip.wants(i), now);
  acknowledgements_.OnAcks(gossip, now);
}

void Overlay::OnHaves(Neighbour& neighbour, const RoomGossip& gossip, absl::Time now) {
  for (int i = 0; i < std::min(gossip.haves_size(), kMaxHaves); ++i) {
    OnHave(neighbour, gossip.haves(i), now);
  }
  if (gossip.all()) SetBaseline();
}

void Overlay::OnHave(Neighbour& neighbour, const peer::v1::StreamMark& mark, absl::Time now) {
  Stream* stream = context_.streams.Find(mark.stream());
  if (stream == nullptr) {
    // What was said before this member came is not owed to it; of a stream that it missed the beginning of,
    // as much as to a newcomer.
    stream = context_.streams.GetAnnounced(mark.stream(),
                                           context_.baseline ? OwedFrom(mark.up_to()) : mark.up_to() + 1);
    if (stream == nullptr) return;
  }
  // Should an answer of the past end before it, the rest was said in between, and is asked for.
  if (!stream->settled) stream->announced = std::max(stream->announced, mark.up_to());
  // Somebody else said that it begins later: who is right shows when something comes.
  if (!stream->settled && context_.baseline && mark.up_to() <= stream->log.up_to()) {
    stream->log = StreamLog(OwedFrom(mark.up_to()));
  }
  if (mark.up_to() > stream->log.up_to())
    return repair_.OnAnnounced(*stream, neighbour.id, mark.up_to(), now);
  broadcast_.OnKnownMark(neighbour, *stream, mark);
}

// How much it is shows when it is read: what it costs is taken then, and waited for before the next.
bool Overlay::LookUp(Neighbour& neighbour, StreamId stream, uint64_t from, uint64_t up_to, absl::Time now) {
  PeerConduct& conduct = *neighbour.conduct;
  if (conduct.look_ups >= kLookUpsAtOnce || !conduct.answers.TryTake(now, 0)) return false;
  if (context_.host.SendFromHistory(neighbour.id, stream, from, up_to)) ++conduct.look_ups;
  return true;
}

// From memory, and what is before that from history.
void Overlay::Answer(Neighbour& neighbour, const peer::v1::StreamRange& want, absl::Time now) {
  const Stream* const stream = context_.streams.Find(want.stream());
  if (stream == nullptr || want.from() == 0) return;
  const uint64_t from = want.from();
  const uint64_t last = std::min(want.to(), stream->log.highest());
  if (from > last) return;
  // Counted, and not up to a number: it may be the last that there is.
  const uint64_t count = std::min<uint64_t>(last - from, context_.options.answer_messages - 1) + 1;
  uint64_t i = 0;
  while (i < count && cache_.Find({want.stream(), from + i}) == nullptr) ++i;
  if (i > 0) {
    if (!LookUp(neighbour, want.stream(), from, from + i - 1, now)) return;
  }
  size_t bytes = 0;
  for (; i < count && bytes < context_.options.answer_bytes; ++i) {
    const Payload* const payload = cache_.Find({want.stream(), from + i});
    if (payload == nullptr) continue;
    const size_t size = payload->bytes->size();
    if (!neighbour.conduct->answers.TryTake(now, static_cast<double>(size))) return;
    Payload answer = *payload;
    answer.detour = true;
    if (!context_.host.SendPayload(neighbour.id, answer)) return;  // it asks again
    bytes += size;
    Liveness::Sent(neighbour, now);
  }
}

void Overlay::OnSentFromHistory(const PeerId& to, size_t bytes) {
  PeerConduct& conduct = *context_.conducts.Of(to);
  if (conduct.look_ups > 0) --conduct.look_ups;  // 0: it was forgotten in the meantime
  conduct.answers.Charge(now_, static_cast<double>(bytes));
}

// ---- messages

size_t Overlay::Publish(const Payload& payload, absl::Time now) {
  now_ = now;
  Stream& stream = context_.streams.Get(payload.id.stream, payload.id.number);
  stream.own = stream.settled = true;
  stream.log.SkipTo(payload.id.number);
  const size_t pushed = broadcast_.Spread(stream, payload, {}, now);
  Flush(now);
  return pushed;
}

// Of a stream that is new here, as much as a newcomer gets.
uint64_t Overlay::OwedFrom(uint64_t number) const {
  const uint64_t owed = context_.options.owed_past;
  return number > owed ? number - owed + 1 : 1;
}

bool Overlay::Knows(const GossipId& id) const {
  const Stream* const stream = context_.streams.Find(id.stream);
  return stream != nullptr && stream->settled && stream->log.Knows(id.number);
}

absl::Status Overlay::OnMessage(const PeerId& from, bool own, const Payload& payload, absl::Time now) {
  now_ = now;
  if (Neighbour* const neighbour = Heard(from); neighbour != nullptr) {
    const absl::Status conduct = conduct_.OnMessage(*neighbour, own && paced(), now);
    if (LetGoUnless(from, conduct, now)) {
      Flush(now);
      return conduct;
    }
  }
  const uint64_t number = payload.id.number;
  const uint64_t owed_from = context_.baseline ? OwedFrom(number) : std::max<uint64_t>(number, 1);
  Stream& stream = context_.streams.Get(payload.id.stream, owed_from);
  // What others said of its beginning was wrong.
  if (!std::exchange(stream.settled, true) && number <= stream.log.up_to()) stream.log = StreamLog(owed_from);
  stream.log.Add(number);
  ++context_.received;
  if (stream.log.held() > context_.options.held_per_stream) {
    stream.log.SkipTo(stream.log.Gap(stream.announced)->to);
  }
  stream.source = from;
  stream.by_author = own;
  Payload arrived = payload;
  ++arrived.hops;
  broadcast_.Spread(stream, arrived, from, now);
  repair_.OnAnnounced(stream, from, number, now);
  repair_.OnCopy(stream, from, false, payload.detour, now);
  Flush(now);
  return absl::OkStatus();
}

void Overlay::OnDuplicate(const PeerId& from, const Payload& payload, absl::Time now) {
  now_ = now;
  Neighbour* const neighbour = Heard(from);
  Stream* const stream = context_.streams.Find(payload.id.stream);
  if (neighbour != nullptr && stream != nullptr &&
      !LetGoUnless(from, conduct_.OnDuplicate(*neighbour, context_.received, now), now)) {
    repair_.OnCopy(*stream, from, true, payload.detour, now);
    relays_.OnDuplicate(from, *stream);
    if (!payload.detour) broadcast_.OnDuplicate(*neighbour, *stream);
  }
  Flush(now);
}

void Overlay::OnForged(const PeerId& from, const absl::Status& why, absl::Time now) {
  now_ = now;
  LetGoUnless(from, why, now);
  Flush(now);
}

void Overlay::OnUnusable(const PeerId& from) {
  if (Neighbour* const neighbour = Heard(from); neighbour != nullptr)
    neighbour->conduct->unanswered_wants = 0;
}

void Overlay::Skip(const GossipId& id, bool given, absl::Time now) {
  now_ = now;
  Stream& stream = context_.streams.Get(id.stream, id.number);
  // An answer of the past begins a stream; else as much is owed as when it had been passed on.
  if (!context_.streams.Settle(stream)) {
    stream.log = StreamLog(given || !context_.baseline ? id.number : OwedFrom(id.number));
  }
  if (!given) stream.withheld_from = std::min(stream.withheld_from, id.number);
  stream.log.Add(id.number);
  repair_.OnSkipped(stream, now);
}

void Overlay::Owe(StreamId stream, uint64_t from) {
  Stream& owed = context_.streams.Get(stream, from);
  if (!std::exchange(owed.settled, true)) owed.log = StreamLog(from);
}

void Overlay::Restore(StreamId stream, uint64_t up_to) {
  SetBaseline();
  Stream& restored = context_.streams.Get(stream, 1);
  context_.streams.Settle(restored);
  restored.log.SkipTo(up_to);
}

void Overlay::SetAuthor(StreamId stream, MemberTag author) {
  if (Stream* const known = context_.streams.Find(stream); known != nullptr) {
    context_.streams.SetAuthor(*known, author);
  }
}

void Overlay::OnUnreached(StreamId stream, const PeerId& from, absl::Time now) {
  now_ = now;
  relays_.Want(stream, from);
  Flush(now);
}

void Overlay::OnReached(MemberTag author, absl::Time now) {
  now_ = now;
  relays_.OnReached(author);
  Flush(now);
}

void Overlay::OnStored(StreamId stream, uint64_t up_to, absl::Time now) {
  acknowledgements_.OnStored(stream, up_to, now);
}

// ---- time

void Overlay::OnTimer(absl::Time now) {
  // The time of the wake-up that was asked for is long past: this member slept.
  if (now - next_wake() > context_.options.own_stall && now_ != absl::InfinitePast())
    liveness_.OnOwnStall(now);
  now_ = now;
  if (now >= baseline_at_) SetBaseline();
  for (const PeerId& peer : liveness_.OnTimer(now)) view_.OnSilent(peer, now);
  view_.OnTimer(now);
  repair_.OnTimer(now);
  broadcast_.OnTimer(now);
  acknowledgements_.OnTimer(now);
  std::vector<std::pair<PeerId, absl::Status>> broken;
  for (const auto& neighbour : context_.neighbours) {
    if (absl::Status conduct = conduct_.OfAnswers(*neighbour); !conduct.ok()) {
      broken.emplace_back(neighbour->id, std::move(conduct));
    }
  }
  for (const auto& [peer, conduct] : broken) LetGoUnless(peer, conduct, now);
  if (!broken.empty()) repair_.OnTimer(now);  // what they were asked for, others are
  Flush(now);
}

absl::Time Overlay::next_wake() const {
  return std::min({view_.next_wake(), liveness_.next_wake(), repair_.next_wake(), broadcast_.next_wake(),
                   acknowledgements_.next_wake(), baseline_at_});
}

void Overlay::Flush(absl::Time now) {
  for (const auto& [peer, gossip] : context_.outbox.Take()) {
    if (gossip.ByteSizeLong() == 0) continue;
    const bool sent = context_.host.SendGossip(peer, gossip);
    Neighbour* const neighbour = context_.neighbours.Find(peer);
    if (neighbour == nullptr) continue;
    if (!sent) {
      neighbour->stalled = true;
      Hold(*neighbour, gossip);
      continue;
    }
    if (TellsNews(gossip)) Liveness::Sent(*neighbour, now);
  }
}

// Announcements are made anew when there is room; what was said of neighbours and who has what, is not.
void Overlay::Hold(Neighbour& neighbour, const RoomGossip& gossip) {
  if (neighbour.held.ByteSizeLong() > kMaxHeldBytes) return;
  neighbour.held.MergeFrom(gossip);
  neighbour.held.clear_haves();
  neighbour.held.clear_all();
}

std::vector<PeerId> Overlay::neighbours() const {
  std::vector<PeerId> peers;
  for (const auto& neighbour : context_.neighbours) peers.push_back(neighbour->id);
  return peers;
}

bool Overlay::congested() const {
  return !context_.neighbours.empty() &&
         std::all_of(context_.neighbours.begin(), context_.neighbours.end(),
                     [](const auto& neighbour) { return neighbour->stalled; });
}

size_t Overlay::eager() const {
  return static_cast<size_t>(std::count_if(context_.neighbours.begin(), context_.neighbours.end(),
                                           [](const auto& neighbour) { return neighbour->eager; }));
}

}  // namespace parlor::client::overlay
