// One replica's part of a directory that several share: what it holds, what waits to be written, and what is
// to be done with the store next. No threads, no clock, no store inside: whoever drives it
// (ReplicatedDirectory) performs what Next asks for, and says what came of it.
//
//   Claim, Update, Lose … ──> waiting ──Commit──> store ──Read──> the other replicas' tables
//                                                   └─ outcome ─> this one's table ─> changes, answers
//
// One truth: nothing changes in the table before the store has taken it. While the store is away, claims and
// what one does to others are refused, what a session says of itself waits, and everybody stays as they are.
// Any failure, and a lease that ran out, end in the same way back: a new incarnation, a snapshot, and every
// seat that is held here is written again.
#ifndef PARLOR_SERVICES_COMMON_LIVE_REPLICA_H_
#define PARLOR_SERVICES_COMMON_LIVE_REPLICA_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/live/directory.h"
#include "services/common/live/holds.h"
#include "services/common/live/replica_store.h"
#include "services/common/live/seat_table.h"
#include "services/common/live/store_step.h"

namespace parlor::live {

struct ReplicaOptions {
  absl::Duration grace = absl::Seconds(20);  // from a lost stream to a free seat
  // Of this replica, by the store's clock. A process that stands still for longer is taken for dead.
  absl::Duration lease = absl::Seconds(10);
  absl::Duration renew_every = absl::Seconds(3);
  // Changes are collected for this long while there are many; the first one after a quiet time goes at once.
  absl::Duration commit_every = absl::Milliseconds(50);
  absl::Duration poll_every = absl::Seconds(5);  // for a notification that did not arrive
  absl::Duration adopt_every = absl::Seconds(1);
  absl::Duration purge_every = absl::Minutes(1);
  absl::Duration retry_every = absl::Seconds(1);  // while the store is away
  absl::Duration patience = absl::Seconds(3);     // of a claim, an edit, an eviction or a letter
  size_t max_waiting = 16'384;                    // of these; beyond it they are refused
  size_t max_seats = 1'000'000;                   // of all replicas (about 700 bytes each); as max_waiting
  size_t batch = 1'000;                           // decisions in one commit
};

// A moment by both clocks: the wall's, for what people are told, and one that grows steadily, for what is
// due.
struct Instant {
  absl::Time wall;
  absl::Duration up;
};

// Not thread-safe.
class Replica {
 public:
  using Tell = std::function<void(absl::AnyInvocable<void()>)>;

  // Who is told what; `tell` takes, in order, what is to be done once no lock is held.
  struct Ears {
    Tell tell;
    Directory::Observer observe;
    Directory::LetterReader read;
  };

  // `name` is new for each process: RandomId().
  Replica(std::string name, const ReplicaOptions& options, Ears ears);

  // ---- wishes; as in Directory

  void Claim(SeatClaim claim, Directory::OnEnded on_ended, Instant now, Directory::ClaimDone done);
  void Update(absl::string_view session, std::string details, absl::Time now);
  void Release(absl::string_view session, absl::Time now);
  void Lose(absl::string_view session, absl::Time now);
  void Edit(const std::string& scope, const std::string& user, Directory::Editor edit, Instant now,
            Directory::Done done);
  void Evict(const std::string& scope, const std::string& user, std::string note, Instant now,
             Directory::Done done);
  bool Send(const std::string& to, std::string letter, Instant now);
  void Drain() { draining_ = true; }
  // Refuses what has waited for too long.
  void GiveUp(absl::Duration up);

  // ---- the store

  // What to do now. The answer to a request comes before the next request.
  StoreRequest Next(Instant now);
  // When Next may ask for something, if nothing else happens.
  absl::Duration NextWake() const;
  void OnAnswer(const StoreRequest& request, StoreAnswer answer, Instant now);
  // `replica` has written `version`.
  void OnNotified(absl::string_view replica, int64_t version);
  // Something may have been missed.
  void OnDeaf() { deaf_ = true; }
  StoreRequest Leave() const { return {.step = Step::kLeave, .self = id_}; }

  // ---- what is known

  const SeatTable& seats() const { return seats_; }
  // True from the first snapshot on until contact is lost.
  bool in_touch() const { return whole_; }
  // Since the store was heard from last; never heard: since the beginning.
  absl::Duration Age(absl::Duration up) const { return up - heard_; }
  size_t replicas() const { return replicas_; }
  size_t waiting() const { return wishes_.size() + holds_.waiting() + letters_.size(); }
  // Sessions whose seat is this replica's.
  size_t held() const { return holds_.size(); }
  size_t lapsed() const { return lapsed_; }  // replicas whose lease this one saw run out, in all

 private:
  // What somebody waits for.
  struct Wish {
    SeatDecision decision = {};
    bool is_claim = false;
    Directory::OnEnded on_ended = {};   // of a claim
    Directory::ClaimDone claimed = {};  // of a claim
    Directory::Done done = {};          // of the others
    absl::Duration until = {};
    bool given_up = false;
  };
  struct Sending {
    Letter letter;
    absl::Duration until;  // it is sent, or dropped
  };
  // The commit that is under way: a decision each, in this order.
  struct InFlight {
    std::vector<std::string> sessions;
    std::vector<std::string> graces;  // sessions whose grace has ended
    std::vector<Wish> wishes;
    std::vector<Sending> letters;
  };

  void AddWish(Wish wish, absl::Duration up);
  void Refuse(Wish& wish, const absl::Status& why);
  void Forget(Directory::OnEnded on_ended);

  Step NextStep(absl::Duration up) const;
  bool IsBehind() const { return deaf_ || !notified_.empty(); }
  absl::Duration GraceEnds() const;
  absl::Duration MayJudgeFrom() const { return in_touch_ + options_.lease + options_.grace; }
  StoreRequest Commit(Instant now);

  void OnRegistered(ReplicaId id, absl::Duration up);
  void OnCommitted(const Committed& committed, absl::Time now);
  void OnWish(Wish wish, const SeatDecision::Outcome& outcome);
  void OnNews(const News& news, Instant now);
  void OnSnapshot(const News& news, Instant now);
  void DropUnconfirmed(absl::Time now);
  void OnAdopted(const Adoption& adoption);
  void OnFailed(const absl::Status& why, absl::Duration up);

  std::optional<ChangeKind> Apply(const SeatRecord& record, bool here);
  const Seat* MistakenFor(const SeatRecord& record) const;
  void TellChange(Change change, bool here);
  void TellKept(const std::string& session, absl::Time now);
  void TellHolder(const Seat& before, const SeatRecord& after);
  void TrackGrace(const Seat* before, const SeatRecord& after);
  void ForgetGrace(const std::string& session);

  const ReplicaOptions options_;
  const Ears ears_;

  ReplicaId id_;
  SeatTable seats_;
  Holds holds_;
  std::deque<Wish> wishes_;
  std::deque<Sending> letters_;
  std::optional<InFlight> in_flight_;
  // Of this replica's reconnecting seats, when the grace ends, by session; and the other way round.
  std::map<std::string, absl::Duration> graces_;
  std::set<std::pair<absl::Duration, std::string>> grace_ends_;
  // Seats that the last snapshot lacked, by scope and user: the store may have forgotten them in a crash, and
  // their replica writes them again.
  absl::flat_hash_set<std::pair<std::string, std::string>> unconfirmed_;
  Versions versions_;
  Versions notified_;  // since the last request to read, and not read
  uint64_t sequence_ = 0;
  size_t replicas_ = 0;
  size_t lapsed_ = 0;

  bool registered_ = false;
  bool whole_ = false;  // a snapshot was taken since
  bool deaf_ = false;   // a notification may have been missed
  bool draining_ = false;
  absl::Duration up_;        // of what is being worked on
  absl::Duration heard_;     // of the store
  absl::Duration in_touch_;  // with the store since then, without a break
  // When these were done last; `try_from_`: not before.
  absl::Duration committed_, read_, renewed_, adopted_, purged_, try_from_;
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_REPLICA_H_
