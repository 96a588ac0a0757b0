// How many password hashes may run at once, in which memory, and how many may wait for their turn: what keeps
// logins from taking all of the machine's memory.
#ifndef PARLOR_SERVICES_AUTH_PASSWORD_HASH_GATE_H_
#define PARLOR_SERVICES_AUTH_PASSWORD_HASH_GATE_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/auth/password/hash_memory.h"

namespace parlor::auth {

struct HashGateOptions {
  size_t running = 0;   // at once; 0: as many as the machine has cores, for more would only take more memory
  size_t waiting = 64;  // beyond: refused. At 50 hashes a second and core, 64 are a wait of at most 1.3 s
};

// Thread-safe.
class HashGate {
 public:
  explicit HashGate(const HashGateOptions& options);

  // The right to run one hash, until it is destroyed. The gate outlives it.
  class Turn {
   public:
    Turn(HashGate* gate, std::unique_ptr<HashMemory> memory);
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

    HashMemory& memory() const { return *memory_; }

   private:
    HashGate* gate_;
    std::unique_ptr<HashMemory> memory_;  // null once moved from
    absl::Time since_;
  };

  // Blocks until it is this caller's turn; RESOURCE_EXHAUSTED at once, with RetryAfter(), if the line is
  // full.
  absl::StatusOr<Turn> Enter();

  size_t limit() const { return limit_; }
  size_t running() const;
  size_t waiting() const;

 private:
  void Leave(std::unique_ptr<HashMemory> memory, absl::Duration took);
  bool MayRun() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_ < limit_; }
  absl::Duration TimeToClear() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t limit_;
  const size_t max_waiting_;

  mutable absl::Mutex mutex_;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<HashMemory>> free_ ABSL_GUARDED_BY(mutex_);  // used last: at the end
  absl::Duration typical_ ABSL_GUARDED_BY(mutex_);                         // of one hash, moving average
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_PASSWORD_HASH_GATE_H_
