// The live directory that several processes share (replica.h has its rules; DESIGN §6).
//
// One thread talks to the store, one step after the other; whoever calls the directory only leaves a wish, or
// reads the table. What there is to tell is told on another thread, or on one that calls the directory: never
// on the first, whose lease would run out behind callbacks that take long.
#ifndef PARLOR_SERVICES_COMMON_LIVE_REPLICATED_DIRECTORY_H_
#define PARLOR_SERVICES_COMMON_LIVE_REPLICATED_DIRECTORY_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "services/common/live/delivery_queue.h"
#include "services/common/live/directory.h"
#include "services/common/live/doorbell.h"
#include "services/common/live/replica.h"
#include "services/common/live/replica_store.h"

namespace parlor::live {

struct ReplicatedOptions {
  ReplicaOptions replica;
  size_t max_waiting_callbacks = 65'536;  // as in DirectoryOptions
  // How long a replica that ends may write what is left, before it leaves.
  absl::Duration farewell = absl::Seconds(2);
};

struct ReplicaStats {
  absl::Duration age;   // since the store was heard from
  size_t waiting = 0;   // what is to be written
  size_t replicas = 0;  // with a valid lease
  size_t seats = 0;     // of all replicas
  size_t lapsed = 0;    // replicas whose lease this one saw run out, in all
  bool in_touch = false;
};

class ReplicatedDirectory final : public Directory {
 public:
  // `clock` outlives this. `on_commit` is told how long each commit took, on the directory's thread; it may
  // be null.
  ReplicatedDirectory(const ReplicatedOptions& options, const Clock* clock,
                      std::unique_ptr<ReplicaStore> store, std::unique_ptr<Doorbell> doorbell,
                      std::function<void(absl::Duration)> on_commit = nullptr);
  ~ReplicatedDirectory() override { Stop(); }

  void Observe(Observer observer) override;
  void ReadLetters(LetterReader reader) override;
  // Blocks until the first snapshot is there.
  absl::Status Start() override;
  void Claim(SeatClaim claim, OnEnded on_ended, absl::Time now, ClaimDone done) override;
  void Update(absl::string_view session, std::string details, absl::Time now) override;
  void Release(absl::string_view session, absl::Time now) override;
  void Lose(absl::string_view session, absl::Time now) override;
  void Edit(const std::string& scope, const std::string& user, Editor edit, absl::Time now,
            Done done) override;
  void Evict(const std::string& scope, const std::string& user, std::string note, absl::Time now,
             Done done) override;
  bool Send(const std::string& replica, std::string letter) override;
  void InSequence(absl::AnyInvocable<void()> callback) override;
  void Tick(absl::Time now) override;
  absl::Time NextWake() const override { return absl::InfinitePast(); }  // patience ends at any time
  void Drain(absl::Time until) override;
  // Writes what is left, within ReplicatedOptions::farewell, and leaves: others take its people over, and
  // grant them the grace.
  void Stop() override;
  std::optional<Seat> Find(absl::string_view scope, absl::string_view user) const override;
  std::vector<Seat> List(const ListQuery& query) const override;
  size_t Count(absl::string_view scope) const override;
  std::vector<size_t> Count(const std::vector<absl::string_view>& scopes) const override;
  std::vector<Seat> Sample(absl::string_view scope, size_t count, absl::string_view except) const override;
  absl::Duration Age() const override;

  ReplicaStats stats() const;

 private:
  // `wish` under the lock; then the thread is woken, and what there is to tell is told.
  template <typename Wish>
  void With(Wish wish);
  void Run();
  // What to do next; waits until there is something. Nothing: it is time to end.
  std::optional<StoreRequest> NextRequest();
  StoreAnswer PerformTimed(const StoreRequest& request);
  void TakeLeave();
  void LogContact(const absl::Status& status);
  void Ring(const std::optional<Notice>& notice);
  Instant Now() const;
  bool MayStop(Instant now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasBegun() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return replica_.in_touch() || !last_.ok(); }

  // Constant after Start.
  const ReplicatedOptions options_;
  const Clock* const clock_;
  const std::function<void(absl::Duration)> on_commit_;
  std::vector<Observer> observers_;
  std::vector<LetterReader> readers_;

  DeliveryQueue deliveries_;

  mutable absl::Mutex mutex_;
  Replica replica_ ABSL_GUARDED_BY(mutex_);
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration stop_at_ ABSL_GUARDED_BY(mutex_);                                     // at the latest
  absl::Duration handed_over_at_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();  // at the latest
  absl::Status last_ ABSL_GUARDED_BY(mutex_);  // of the step that was taken last

  // The directory's thread's own.
  const std::unique_ptr<ReplicaStore> store_;
  bool away_told_ = false;
  absl::Notification ended_;

  std::thread thread_;
  std::thread teller_;
  std::unique_ptr<Doorbell> doorbell_;  // ends first
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_REPLICATED_DIRECTORY_H_
