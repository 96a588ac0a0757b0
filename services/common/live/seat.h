// What the live directory holds and tells: seats, and the changes of seats. Plain values.
#ifndef PARLOR_SERVICES_COMMON_LIVE_SEAT_H_
#define PARLOR_SERVICES_COMMON_LIVE_SEAT_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace parlor::live {

enum class SeatState {
  kPresent,
  kReconnecting,  // its stream was lost without a goodbye; kept until the grace ends
};

// One person's place in one scope, held by one session of one device at a time.
struct Seat {
  std::string scope = {};  // "" for presence, a room's id for its members
  std::string user = {};   // canonical name
  std::string device = {};
  std::string session = {};  // of the claim that holds the seat, or held it last while reconnecting
  std::string replica = {};  // which process keeps it; "" in a directory of a single one
  std::string details = {};  // whatever the service keeps with a seat; nobody here looks inside
  SeatState state = SeatState::kPresent;
  absl::Time since = {};  // of the state
  // By this device; its reconnects do not count, but for a nanosecond each when replicas share the directory:
  // the claims of one seat are ordered by it.
  absl::Time claimed_since = {};
};

enum class ChangeKind {
  kJoined,        // the seat was free
  kReturned,      // the same device is back with a new session, from reconnecting or over its older stream
  kMoved,         // another device of the person took over
  kUpdated,       // new details
  kReconnecting,  // the stream was lost
  kLeft,          // the seat is free again; `Change::leaving` says why
  // Told to the process that holds the seat, and to no other: nothing has changed, but the seat may have been
  // free in the eyes of others, who then found nobody there (Directory::Edit, Evict). Whoever decides about
  // people elsewhere looks there again.
  kKept,
};

enum class Leaving {
  kReleased,    // a goodbye
  kGraceEnded,  // the stream was lost and the device did not come back in time
  kEvicted,     // Directory::Evict
};

struct Change {
  uint64_t sequence = 0;  // grows by one with every change of this directory
  ChangeKind kind = ChangeKind::kJoined;
  Seat seat = {};                            // after the change; for kLeft as it last was
  SeatState previous = SeatState::kPresent;  // state before; meaningless for kJoined
  std::string previous_details = {};         // details before
  Leaving leaving = Leaving::kReleased;      // for kLeft only
  std::string note = {};                     // for kEvicted: what Evict was given
  absl::Time at = {};
  bool here = true;  // this process made it; false: it has heard of it from another
};

// Why a session lost its seat without having asked for it.
enum class Ended {
  kReplaced,   // the same device came with a newer session
  kTakenOver,  // another device of the person came with `takeover`
  kEvicted,    // Directory::Evict
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_SEAT_H_
