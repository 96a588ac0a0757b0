// One step that a replica takes with its store, as values: what is asked for, and what came of it. So the
// replica's rules need no store, and the store is called under no lock.
#ifndef PARLOR_SERVICES_COMMON_LIVE_STORE_STEP_H_
#define PARLOR_SERVICES_COMMON_LIVE_STORE_STEP_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/common/live/replica_store.h"

namespace parlor::live {

enum class Step { kNothing, kRegister, kReadAll, kCommit, kRead, kRenew, kAdopt, kPurge, kLeave };

struct StoreRequest {
  Step step = Step::kNothing;
  ReplicaId self = {};
  std::vector<SeatDecision> decisions = {};  // kCommit
  std::vector<Letter> letters = {};          // kCommit
  Versions seen = {};                        // kRead, kReadAll
  bool judge = false;                        // kAdopt
  absl::Time now = {};                       // kAdopt
  size_t limit = 0;                          // kAdopt
};

struct StoreAnswer {
  absl::Status status;  // of the step; the rest is for the step that was asked for
  ReplicaId self = {};
  Committed committed = {};
  News news = {};
  Adoption adoption = {};
};

// Blocks as the store does.
StoreAnswer Perform(const StoreRequest& request, ReplicaStore& store);

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_STORE_STEP_H_
