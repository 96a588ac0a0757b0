// The store that replicas share, in memory, with a clock that is set by hand, and with the faults of a real
// one.
#ifndef PARLOR_TESTS_SERVICES_COMMON_LIVE_MEMORY_REPLICA_STORE_H_
#define PARLOR_TESTS_SERVICES_COMMON_LIVE_MEMORY_REPLICA_STORE_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/common/live/replica_store.h"

namespace parlor::live::testing {

// What all replicas share. One thread.
class SharedSeats {
 public:
  explicit SharedSeats(absl::Duration lease) : lease_(lease) {}

  void Advance(absl::Duration by) { now_ += by; }
  absl::Time now() const { return now_; }

  // While it is away every call gets UNAVAILABLE.
  void SetAway(bool away) { away_ = away; }
  // The next write gets UNAVAILABLE although it has its effect.
  void LoseNextAnswer() { lose_answer_ = true; }

  // The seats that are taken, by scope and user.
  std::map<std::pair<std::string, std::string>, Seat> Taken() const;
  // Forgets everything, as a database does that is restored from nothing.
  void Wipe();
  // What Crash() goes back to.
  void Sync() { synced_ = {members_, rows_}; }
  // Loses what was written since Sync(), and everybody's connection.
  void Crash();

  // Told of each write: who, and which version.
  std::function<void(const std::string& writer, int64_t version)> notify;

 private:
  friend class MemoryReplicaStore;

  struct Member {
    int64_t incarnation = 0;
    int64_t version = 0;
    absl::Time lease = absl::InfinitePast();
    bool left = false;
    bool lapse_seen = false;
    std::vector<std::string> letters;
  };
  struct Row {
    SeatRecord record;
    std::string writer;
    int64_t version = 0;
  };
  using Key = std::pair<std::string, std::string>;

  size_t CountOf(const std::string& scope) const;
  size_t ValidLeases() const;

  const absl::Duration lease_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  bool away_ = false;
  bool lose_answer_ = false;
  int64_t incarnations_ = 0;
  int crashes_ = 0;
  std::map<std::string, Member> members_;
  std::map<Key, Row> rows_;
  std::pair<std::map<std::string, Member>, std::map<Key, Row>> synced_;
};

class MemoryReplicaStore final : public ReplicaStore {
 public:
  explicit MemoryReplicaStore(SharedSeats* shared) : shared_(shared) {}

  // This replica alone cannot reach it.
  void SetCutOff(bool cut_off) { cut_off_ = cut_off; }

  int reads = 0;    // calls of Read
  int commits = 0;  // and of Commit

  absl::StatusOr<ReplicaId> Register(const std::string& name) override;
  absl::Status Renew(const ReplicaId& self) override;
  absl::StatusOr<Committed> Commit(const ReplicaId& self, const std::vector<SeatDecision>& decisions,
                                   const std::vector<Letter>& letters) override;
  absl::StatusOr<Adoption> Adopt(const ReplicaId& self, bool judge, absl::Time now, size_t limit) override;
  absl::StatusOr<News> Read(const ReplicaId& self, const Versions& seen) override;
  absl::StatusOr<News> ReadAll(const ReplicaId& self, const Versions& seen) override;
  absl::Status Purge() override;
  absl::Status Leave(const ReplicaId& self) override;

 private:
  absl::Status Reach();
  absl::Status Answered() const;
  absl::StatusOr<SharedSeats::Member*> Myself(const ReplicaId& self);
  News NewsFor(SharedSeats::Member& member) const;

  SharedSeats* const shared_;
  bool cut_off_ = false;
  int crashes_seen_ = 0;
};

}  // namespace parlor::live::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_LIVE_MEMORY_REPLICA_STORE_H_
