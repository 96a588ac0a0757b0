// Several replicas of one directory on virtual time, with everything that happens to them told in one log.
#ifndef PARLOR_TESTS_SERVICES_COMMON_LIVE_REPLICA_WORLD_H_
#define PARLOR_TESTS_SERVICES_COMMON_LIVE_REPLICA_WORLD_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "services/common/live/replica.h"
#include "tests/services/common/live/memory_replica_store.h"

namespace parlor::live::testing {

// One process: it can be frozen and killed, and can lose its notifications.
class ReplicaProcess {
 public:
  ReplicaProcess(std::string name, const ReplicaOptions& options, SharedSeats* shared);

  // Does all that is due. Nothing while it is frozen.
  void Run(Instant now);

  // "ann joined", "s1 told replaced", "letter hello", …; since the last call.
  std::vector<std::string> TakeLog() { return std::exchange(log_, {}); }
  // The sessions that were told to end, and how often.
  const std::map<std::string, int>& ended() const { return ended_; }
  // What an observer knows who has put all changes together.
  const std::map<std::pair<std::string, std::string>, Seat>& observed() const { return observed_; }

  const std::string name;
  MemoryReplicaStore store;
  bool frozen = false;
  bool deaf = false;  // notifications do not arrive
  // How long a step takes until the store has it, and again until its answer is here.
  absl::Duration delay = absl::ZeroDuration();
  Replica replica;
  // Told of each session that has won its seat, and of each whose seat was kept, as hubs are that judge their
  // people then. May be null.
  std::function<void(const std::string& session)> judge;
  // Told of each session that was told to end. May be null.
  std::function<void(const std::string& session, Ended why)> mourn;

  // Of the claim: OK, or why not; kUnknown while it has no answer.
  void Claim(const SeatClaim& claim, Instant now);
  std::map<std::string, absl::StatusCode> answers;  // by session

 private:
  bool Advance(Instant now);
  void RunCallbacks();
  void OnChange(const Change& change);

  std::optional<StoreRequest> request_;  // that is under way
  std::optional<StoreAnswer> answer_;    // to it
  absl::Duration on_its_way_until_;
  std::deque<absl::AnyInvocable<void()>> callbacks_;
  std::vector<std::string> log_;
  std::map<std::string, int> ended_;
  std::map<std::pair<std::string, std::string>, Seat> observed_;
  uint64_t last_sequence_ = 0;
};

class ReplicaWorld {
 public:
  explicit ReplicaWorld(const ReplicaOptions& options = {});

  ReplicaProcess& Add(const std::string& name);
  // kill -9
  void Kill(const std::string& name) { processes_.erase(name); }
  ReplicaProcess& operator[](const std::string& name) { return *processes_.at(name); }

  // Time passes in small steps, and every process does what is due.
  void Pass(absl::Duration time);
  Instant now() const { return now_; }

  // "ann", device "phone", session "s1" at that replica; true if it was won at once.
  bool Claim(const std::string& replica, const std::string& user, const std::string& device,
             const std::string& session, bool takeover = false, const std::string& scope = "",
             size_t capacity = 0);

  SharedSeats shared;
  const ReplicaOptions options;

  std::map<std::string, std::unique_ptr<ReplicaProcess>>& processes() { return processes_; }

 private:
  Instant now_;
  std::map<std::string, std::unique_ptr<ReplicaProcess>> processes_;
};

}  // namespace parlor::live::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_LIVE_REPLICA_WORLD_H_
