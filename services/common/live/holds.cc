#include "services/common/live/holds.h"

#include <utility>

namespace parlor::live {

void Holds::Add(const Seat& seat, OnEnded on_ended) {
  holds_[seat.session] = {.seat = seat, .on_ended = std::move(on_ended), .details = std::nullopt};
}

void Holds::Refresh(const Seat& seat) {
  const auto hold = holds_.find(seat.session);
  if (hold != holds_.end()) hold->second.seat = seat;
}

Holds::OnEnded Holds::Remove(absl::string_view session) {
  const auto hold = holds_.find(session);
  if (hold == holds_.end()) return nullptr;
  OnEnded on_ended = std::move(hold->second.on_ended);
  dirty_.erase(hold->first);
  holds_.erase(hold);
  return on_ended;
}

void Holds::Update(absl::string_view session, std::string details, absl::Time now) {
  const auto hold = holds_.find(session);
  if (hold == holds_.end() || hold->second.ending != Ending::kNone) return;
  hold->second.details = std::move(details);
  hold->second.at = now;
  dirty_.insert(hold->first);
}

Holds::OnEnded Holds::Release(absl::string_view session, absl::Time now) {
  return End(session, Ending::kReleased, now);
}

Holds::OnEnded Holds::Lose(absl::string_view session, absl::Time now) {
  return End(session, Ending::kLost, now);
}

// A goodbye may follow a loss; nothing else follows anything.
Holds::OnEnded Holds::End(absl::string_view session, Ending ending, absl::Time now) {
  const auto hold = holds_.find(session);
  if (hold == holds_.end() || hold->second.ending == Ending::kReleased) return nullptr;
  if (hold->second.ending == Ending::kLost && ending == Ending::kLost) return nullptr;
  hold->second.ending = ending;
  hold->second.at = now;
  dirty_.insert(hold->first);
  return std::exchange(hold->second.on_ended, nullptr);
}

Holds::OnEnded Holds::Forget(absl::string_view session) {
  const auto hold = holds_.find(session);
  return hold == holds_.end() ? nullptr : std::exchange(hold->second.on_ended, nullptr);
}

void Holds::Keep(Hold& hold, absl::Time now) {
  hold.keep = true;
  if (hold.ending == Ending::kNone) hold.at = now;
}

void Holds::Keep(absl::string_view session, absl::Time now) {
  const auto hold = holds_.find(session);
  if (hold == holds_.end()) return;
  Keep(hold->second, now);
  dirty_.insert(hold->first);
}

void Holds::KeepAll(absl::Time now) {
  for (auto& [session, hold] : holds_) {
    Keep(hold, now);
    dirty_.insert(session);
  }
}

bool Holds::IsLive(absl::string_view session) const {
  const auto hold = holds_.find(session);
  return hold != holds_.end() && hold->second.ending == Ending::kNone;
}

std::vector<SeatDecision> Holds::Take(size_t limit, std::vector<std::string>& sessions) {
  std::vector<SeatDecision> decisions;
  while (!dirty_.empty() && decisions.size() < limit) {
    sessions.push_back(std::move(dirty_.extract(dirty_.begin()).value()));
    decisions.push_back(DecisionOf(holds_.at(sessions.back())));
  }
  return decisions;
}

SeatDecision Holds::DecisionOf(const Hold& hold) {
  auto decide = [seat = hold.seat, details = hold.details, ending = hold.ending, at = hold.at,
                 keep = hold.keep](const SeatRecord* record, bool) -> SeatDecision::Outcome {
    const bool taken = record != nullptr && record->taken;
    const bool same = record != nullptr && record->seat.session == seat.session;
    // It has gone on to somebody newer. Who is older is there when the store has forgotten this session.
    if (record != nullptr && !same && !(keep && ClaimedLater(seat, record->seat))) return std::nullopt;
    if (!taken && !keep) return std::nullopt;
    // A moderator's word stands; anything else that freed the seat was a mistake of those who could not know.
    if (!taken && record != nullptr && record->leaving == Leaving::kEvicted) return *record;
    Seat next = taken && same ? record->seat : seat;
    if (details.has_value()) next.details = *details;
    const bool adopted = next.replica != seat.replica;
    next.replica = seat.replica;
    if (ending == Ending::kReleased) return Freed(std::move(next), Leaving::kReleased, "", at);
    if (ending == Ending::kLost) {
      return next.state == SeatState::kReconnecting ? SeatRecord{.seat = std::move(next), .at = at}
                                                    : Lost(std::move(next), at);
    }
    const bool as_it_is = taken && same && !adopted && next.state == SeatState::kPresent &&
                          next.details == record->seat.details;
    if (as_it_is) return std::nullopt;
    if (next.state == SeatState::kReconnecting) next.since = seat.since;
    next.state = SeatState::kPresent;
    return SeatRecord{.seat = std::move(next), .at = at};
  };
  return {.scope = hold.seat.scope, .user = hold.seat.user, .decide = std::move(decide)};
}

bool Holds::OnWritten(const std::string& session, bool changed) {
  const auto found = holds_.find(session);
  if (found == holds_.end()) return false;  // its seat was lost to somebody else meanwhile
  Hold& hold = found->second;
  const bool maybe_kept = std::exchange(hold.maybe_kept, false);
  const bool kept = std::exchange(hold.keep, false) && (changed || maybe_kept);
  const bool live = hold.ending == Ending::kNone;
  if (dirty_.contains(session)) return kept && live;
  // Said again if the seat is kept: somebody newer had it perhaps, of whom the store then forgets.
  if (hold.details.has_value()) hold.seat.details = *std::exchange(hold.details, std::nullopt);
  if (!live) holds_.erase(found);
  return kept && live;
}

void Holds::OnUnknown(const std::string& session) {
  const auto found = holds_.find(session);
  if (found != holds_.end() && found->second.keep) found->second.maybe_kept = true;
}

}  // namespace parlor::live
