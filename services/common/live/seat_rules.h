// What the live directory decides about one seat, and what others are told of it: the same for a directory of
// one process and for one that replicas share. Pure.
#ifndef PARLOR_SERVICES_COMMON_LIVE_SEAT_RULES_H_
#define PARLOR_SERVICES_COMMON_LIVE_SEAT_RULES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/live/directory.h"
#include "services/common/live/seat.h"

namespace parlor::live {

// A seat as it is recorded: who holds it, or how it became free.
struct SeatRecord {
  Seat seat = {};  // of a free one: as it last was
  bool taken = true;
  Leaving leaving = Leaving::kReleased;  // of a free one
  std::string note = {};                 // of one that was evicted
  absl::Time at = {};                    // when it became so
};

// `seat` is who holds it now, or null; `full` says that nobody new fits in. Answers as Directory::Claim.
absl::StatusOr<SeatRecord> Claimed(const Seat* seat, const SeatClaim& claim, bool full, absl::Time now);

// Of two claims of one seat, one of which the store has forgotten: which came later. By Seat::claimed_since,
// which is of the clock of the process that took the claim; but whoever claims a seat and sees in the store
// who had it before is later by OrderAfter, whatever the clocks say. So a clock that is wrong costs something
// only when the store has lost all its seats: who claims before the older one was written again, at a process
// whose clock is behind by more than the time between the two claims, gives way to the older one.
bool ClaimedLater(const Seat& a, const Seat& b);
void OrderAfter(Seat& seat, const Seat& older);

// Of what somebody else does to a seat that is free.
absl::Status NoSuchSeat();

SeatRecord Updated(Seat seat, std::string details, absl::Time now);
SeatRecord Lost(Seat seat, absl::Time now);
SeatRecord Freed(Seat seat, Leaving why, std::string note, absl::Time now);

// What happened between two looks at a seat, as one change; nullopt when it is as it was. `before` is null
// when it was free. The change has no sequence yet.
std::optional<Change> ChangeBetween(const Seat* before, const SeatRecord& after);

// How the session that held the seat was deprived of it; nullopt when it still holds it, or went itself.
std::optional<Ended> EndOfHolder(const Seat& before, const SeatRecord& after);

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_SEAT_RULES_H_
