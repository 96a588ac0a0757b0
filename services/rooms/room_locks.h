// One lock for what is written to the store and then shown in the live directory, so that two changes of one
// room end in the same state in both.
#ifndef PARLOR_SERVICES_ROOMS_ROOM_LOCKS_H_
#define PARLOR_SERVICES_ROOMS_ROOM_LOCKS_H_

#include <array>
#include <cstddef>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace parlor::rooms {

// Held during blocking calls: only threads of the blocking pool take them, one at a time. Rooms share the
// locks by hash; four times as many as a pool has threads seldom meet.
class RoomLocks {
 public:
  absl::Mutex& Of(absl::string_view room_id) { return locks_[absl::HashOf(room_id) % locks_.size()]; }

 private:
  std::array<absl::Mutex, 64> locks_;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOM_LOCKS_H_
