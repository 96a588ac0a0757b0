// The live directory of a single process. What it holds ends with it.
#ifndef PARLOR_SERVICES_COMMON_LIVE_IN_PROCESS_DIRECTORY_H_
#define PARLOR_SERVICES_COMMON_LIVE_IN_PROCESS_DIRECTORY_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "services/common/live/delivery_queue.h"
#include "services/common/live/directory.h"

namespace parlor::live {

struct DirectoryOptions {
  // From a lost stream to a free seat: a Wi-Fi hiccup or a restart makes nobody flap.
  absl::Duration grace = absl::Seconds(20);
  // Over all scopes (about 500 bytes each); beyond it claims get RESOURCE_EXHAUSTED.
  size_t max_seats = 1'000'000;
  // Callbacks that may wait for the one that runs; beyond it callers are held up.
  size_t max_waiting_callbacks = 65'536;
};

// Claims are answered before Claim() returns, unless another thread is telling changes: then by that one.
class InProcessDirectory final : public Directory {
 public:
  explicit InProcessDirectory(const DirectoryOptions& options = {});

  void Observe(Observer observer) override;
  void Claim(ClaimRequest request, absl::Time now, ClaimDone done) override;
  void Update(absl::string_view session, std::string details, absl::Time now) override;
  void Release(absl::string_view session, absl::Time now) override;
  void Lose(absl::string_view session, absl::Time now) override;
  bool Evict(absl::string_view scope, absl::string_view user, std::string note, absl::Time now) override;
  void InSequence(absl::AnyInvocable<void()> callback) override;
  void Tick(absl::Time now) override;
  absl::Time NextWake() const override;
  std::optional<Seat> Find(absl::string_view scope, absl::string_view user) const override;
  std::vector<Seat> List(const ListQuery& query) const override;
  size_t Count(absl::string_view scope) const override;
  std::vector<size_t> Count(const std::vector<absl::string_view>& scopes) const override;
  std::vector<Seat> Sample(absl::string_view scope, size_t count, absl::string_view except) const override;

 private:
  struct Held {
    Seat seat;
    absl::AnyInvocable<void(Ended, absl::string_view)> on_ended;  // null while reconnecting
    size_t index = 0;                                             // in Scope::in_any_order
  };
  struct Scope {
    std::map<std::string, std::unique_ptr<Held>, std::less<>> by_user;
    std::vector<Held*> in_any_order;  // for samples
  };

  absl::StatusOr<Claimed> ClaimLocked(ClaimRequest& request, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Claimed Join(ClaimRequest& request, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Claimed Succeed(Held& held, ClaimRequest& request, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Leave(Held& held, Leaving why, std::string note, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetState(Held& held, SeatState state, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellHolder(Held& held, Ended why, std::string note) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetHolder(Held& held) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Tell(Change change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Held* HeldBy(absl::string_view session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Held* FindHeld(absl::string_view scope, absl::string_view user) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  const Scope* FindScope(absl::string_view scope) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  // Constant after the first claim.
  const DirectoryOptions options_;
  std::vector<Observer> observers_;

  DeliveryQueue deliveries_;

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::unique_ptr<Scope>> scopes_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Held*> by_session_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<absl::Time, Held*>> reconnecting_ ABSL_GUARDED_BY(mutex_);  // by when it was lost
  uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_IN_PROCESS_DIRECTORY_H_
