// The sessions of one replica, and what they have said of themselves that is not written yet. It waits as
// long as it has to: there is at most one thing to be written a session, the sum of all that it said.
#ifndef PARLOR_SERVICES_COMMON_LIVE_HOLDS_H_
#define PARLOR_SERVICES_COMMON_LIVE_HOLDS_H_

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/live/directory.h"
#include "services/common/live/replica_store.h"

namespace parlor::live {

// Not thread-safe. What is returned as OnEnded is to be destroyed, or called, where no lock is held.
class Holds {
 public:
  using OnEnded = Directory::OnEnded;

  // The store has given the seat to its session.
  void Add(const Seat& seat, OnEnded on_ended);
  // The session's seat as the store has it now.
  void Refresh(const Seat& seat);
  // Its seat is somebody else's, or free.
  OnEnded Remove(absl::string_view session);

  // Without effect for sessions that are not held, or have ended.
  void Update(absl::string_view session, std::string details, absl::Time now);
  OnEnded Release(absl::string_view session, absl::Time now);
  OnEnded Lose(absl::string_view session, absl::Time now);
  // Lost, but nobody is told: it is on its way to another replica.
  OnEnded Forget(absl::string_view session);

  // Their seats are written again, since the store may have lost them, or others may have taken this replica
  // for dead.
  void Keep(absl::string_view session, absl::Time now);
  void KeepAll(absl::Time now);

  bool Has(absl::string_view session) const { return holds_.contains(session); }
  // The session has a stream, and has neither said goodbye nor been lost.
  bool IsLive(absl::string_view session) const;
  size_t size() const { return holds_.size(); }
  size_t waiting() const { return dirty_.size(); }

  // What is to be written, of at most `limit` sessions, whose ids are added to `sessions`.
  std::vector<SeatDecision> Take(size_t limit, std::vector<std::string>& sessions);
  // That has come to pass, and `changed` the seat; what was said meanwhile still waits. True when the session
  // is live, and its seat was kept and may have been free.
  bool OnWritten(const std::string& session, bool changed);
  // Whether it has come to pass is not known.
  void OnUnknown(const std::string& session);

 private:
  enum class Ending { kNone, kReleased, kLost };

  struct Hold {
    Seat seat;
    OnEnded on_ended;
    std::optional<std::string> details;  // to be written
    Ending ending = Ending::kNone;
    absl::Time at = {};  // when that was said
    bool keep = false;
    bool maybe_kept = false;  // by a commit whose answer was lost
  };

  static void Keep(Hold& hold, absl::Time now);

  static SeatDecision DecisionOf(const Hold& hold);
  OnEnded End(absl::string_view session, Ending ending, absl::Time now);

  absl::flat_hash_map<std::string, Hold> holds_;  // by session
  std::set<std::string> dirty_;
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_HOLDS_H_
