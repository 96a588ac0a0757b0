// What the replicas of a service share: who they are, the seats that they hold, and letters to each other.
// PostgreSQL (live/postgres_replica_store.h), or memory in tests.
//
// A replica has a lease, by the store's clock, and an incarnation, which is new whenever a lease had run out.
// Every write of a replica gets its next version and stamps the seats that it changes with it. So a version
// has one writer, and a reader who remembers one version a writer (Versions) asks for nothing but what is
// new.
#ifndef PARLOR_SERVICES_COMMON_LIVE_REPLICA_STORE_H_
#define PARLOR_SERVICES_COMMON_LIVE_REPLICA_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/live/seat_rules.h"

namespace parlor::live {

struct ReplicaId {
  std::string name = {};  // random, new at each start of the process
  int64_t incarnation = 0;
};

// The newest version that was seen of each replica, by name.
using Versions = std::map<std::string, int64_t>;

// A decision about one seat, taken while nobody else can change it.
struct SeatDecision {
  using Outcome = absl::StatusOr<std::optional<SeatRecord>>;  // nullopt: it stays as it is

  std::string scope = {};
  std::string user = {};
  size_t capacity = 0;  // of the scope, when the decision depends on it; 0: it does not
  // `record` is null for a seat of which nothing is known. Pure: it may be asked again, with another record.
  std::function<Outcome(const SeatRecord* record, bool full)> decide = {};
};

struct Letter {
  std::string to;  // a replica's name; empty: all but the sender
  std::string body;
};

struct Committed {
  int64_t version = 0;
  std::vector<SeatDecision::Outcome> outcomes = {};  // one a decision, in their order
};

struct News {
  std::vector<SeatRecord> seats;
  Versions versions;                 // what `seats`, and what was seen before, account for
  std::vector<std::string> letters;  // oldest first
  size_t replicas = 0;               // with a valid lease
};

struct Adoption {
  int64_t version = 0;
  std::vector<SeatRecord> seats = {};  // which are the adopter's own from now on
  size_t lapsed = 0;                   // replicas whose lease was found to have run out
};

// Blocks; one thread at a time. UNAVAILABLE when the store is away: then a write may have happened or not.
class ReplicaStore {
 public:
  // How long a seat that is free, and a replica that has ended, are remembered. Whoever has not read for that
  // long has to ReadAll.
  static constexpr absl::Duration kRemembered = absl::Minutes(10);

  virtual ~ReplicaStore() = default;

  // Takes up a lease, with a new incarnation, and notifies the others. Before anything else, and whenever a
  // lease has run out.
  virtual absl::StatusOr<ReplicaId> Register(const std::string& name) = 0;

  // The following are FAILED_PRECONDITION, and without effect, once the replica's lease has run out.

  virtual absl::Status Renew(const ReplicaId& self) = 0;
  // All decisions as one step, one after the other; then every replica is notified. Renews the lease. Letters
  // to replicas that are not there are lost.
  virtual absl::StatusOr<Committed> Commit(const ReplicaId& self, const std::vector<SeatDecision>& decisions,
                                           const std::vector<Letter>& letters) = 0;
  // Makes the seats of replicas that have left, and with `judge` of those whose lease has run out, this one's
  // own, those present as reconnecting since `now`; at most `limit` at a time.
  virtual absl::StatusOr<Adoption> Adopt(const ReplicaId& self, bool judge, absl::Time now, size_t limit) = 0;

  // What was written since, and this replica's letters, which are gone then.
  virtual absl::StatusOr<News> Read(const ReplicaId& self, const Versions& seen) = 0;
  // Every seat that is taken, and besides that what Read gives. A store may have forgotten its last writes in
  // a crash; every replica notices a crash, since it loses its connection.
  virtual absl::StatusOr<News> ReadAll(const ReplicaId& self, const Versions& seen) = 0;

  // Forgets what is older than kRemembered.
  virtual absl::Status Purge() = 0;
  // The lease ends now: others may adopt at once.
  virtual absl::Status Leave(const ReplicaId& self) = 0;

  // Any thread: the call that is under way ends soon, whatever the store does, and so does every later one.
  virtual void GiveUp() {}
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_REPLICA_STORE_H_
