#include "services/common/live/seat_rules.h"

#include <algorithm>
#include <utility>

namespace parlor::live {

absl::StatusOr<SeatRecord> Claimed(const Seat* seat, const SeatClaim& claim, bool full, absl::Time now) {
  const bool same_device = seat != nullptr && seat->device == claim.device;
  if (seat != nullptr && !same_device && !claim.takeover) {
    return absl::AlreadyExistsError(
        "another device of this person is here: take over to come in with this one");
  }
  if (seat == nullptr && full) return absl::ResourceExhaustedError("it is full here: try again later");
  SeatRecord record;
  record.at = now;
  record.seat = {.scope = claim.scope,
                 .user = claim.user,
                 .device = claim.device,
                 .session = claim.session,
                 .details = claim.details,
                 .state = SeatState::kPresent,
                 .since = seat != nullptr && seat->state == SeatState::kPresent ? seat->since : now,
                 .claimed_since = same_device ? seat->claimed_since : now};
  return record;
}

bool ClaimedLater(const Seat& a, const Seat& b) {
  return a.claimed_since != b.claimed_since ? a.claimed_since > b.claimed_since : a.session > b.session;
}

// By the smallest step that is stored: people are shown when a device came, and its reconnects do not count.
void OrderAfter(Seat& seat, const Seat& older) {
  seat.claimed_since = std::max(seat.claimed_since, older.claimed_since + absl::Nanoseconds(1));
}

absl::Status NoSuchSeat() {
  return absl::NotFoundError("nobody has that seat");
}

SeatRecord Updated(Seat seat, std::string details, absl::Time now) {
  seat.details = std::move(details);
  return {.seat = std::move(seat), .at = now};
}

SeatRecord Lost(Seat seat, absl::Time now) {
  seat.state = SeatState::kReconnecting;
  seat.since = now;
  return {.seat = std::move(seat), .at = now};
}

SeatRecord Freed(Seat seat, Leaving why, std::string note, absl::Time now) {
  return {.seat = std::move(seat), .taken = false, .leaving = why, .note = std::move(note), .at = now};
}

namespace {

ChangeKind KindOf(const Seat& before, const Seat& after) {
  if (before.device != after.device) return ChangeKind::kMoved;
  if (before.session != after.session) return ChangeKind::kReturned;
  if (before.state == after.state) return ChangeKind::kUpdated;
  return after.state == SeatState::kPresent ? ChangeKind::kReturned : ChangeKind::kReconnecting;
}

}  // namespace

std::optional<Change> ChangeBetween(const Seat* before, const SeatRecord& after) {
  if (before == nullptr && !after.taken) return std::nullopt;
  Change change{.seat = after.seat, .leaving = after.leaving, .note = after.note, .at = after.at};
  if (before == nullptr) return change;  // kJoined
  change.kind = after.taken ? KindOf(*before, after.seat) : ChangeKind::kLeft;
  if (change.kind == ChangeKind::kUpdated && before->details == after.seat.details) return std::nullopt;
  change.previous = before->state;
  change.previous_details = before->details;
  return change;
}

std::optional<Ended> EndOfHolder(const Seat& before, const SeatRecord& after) {
  if (before.session != after.seat.session) {
    return before.device == after.seat.device ? Ended::kReplaced : Ended::kTakenOver;
  }
  if (!after.taken && after.leaving == Leaving::kEvicted) return Ended::kEvicted;
  return std::nullopt;
}

}  // namespace parlor::live
