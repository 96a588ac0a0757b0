// The live directory of a single process. What it holds ends with it.
#ifndef PARLOR_SERVICES_COMMON_LIVE_IN_PROCESS_DIRECTORY_H_
#define PARLOR_SERVICES_COMMON_LIVE_IN_PROCESS_DIRECTORY_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "services/common/live/delivery_queue.h"
#include "services/common/live/directory.h"
#include "services/common/live/seat_rules.h"
#include "services/common/live/seat_table.h"

namespace parlor::live {

struct DirectoryOptions {
  // From a lost stream to a free seat: a Wi-Fi hiccup or a restart makes nobody flap.
  absl::Duration grace = absl::Seconds(20);
  // Over all scopes (about 500 bytes each); beyond it claims get RESOURCE_EXHAUSTED.
  size_t max_seats = 1'000'000;
  // Callbacks that may wait for the one that runs; beyond it callers are held up.
  size_t max_waiting_callbacks = 65'536;
};

// Whatever has an answer is answered before the call returns, unless another thread is telling changes: then
// by that one. Nobody else shares it: no letters come, and none can be sent.
class InProcessDirectory final : public Directory {
 public:
  explicit InProcessDirectory(const DirectoryOptions& options = {});

  void Observe(Observer observer) override;
  void ReadLetters(LetterReader) override {}
  absl::Status Start() override { return absl::OkStatus(); }
  void Claim(SeatClaim claim, OnEnded on_ended, absl::Time now, ClaimDone done) override;
  void Update(absl::string_view session, std::string details, absl::Time now) override;
  void Release(absl::string_view session, absl::Time now) override;
  void Lose(absl::string_view session, absl::Time now) override;
  void Edit(const std::string& scope, const std::string& user, Editor edit, absl::Time now,
            Done done) override;
  void Evict(const std::string& scope, const std::string& user, std::string note, absl::Time now,
             Done done) override;
  bool Send(const std::string&, std::string) override { return false; }
  void InSequence(absl::AnyInvocable<void()> callback) override;
  void Tick(absl::Time now) override;
  absl::Time NextWake() const override;
  void Drain(absl::Time) override {}
  void Stop() override {}
  std::optional<Seat> Find(absl::string_view scope, absl::string_view user) const override;
  std::vector<Seat> List(const ListQuery& query) const override;
  size_t Count(absl::string_view scope) const override;
  std::vector<size_t> Count(const std::vector<absl::string_view>& scopes) const override;
  std::vector<Seat> Sample(absl::string_view scope, size_t count, absl::string_view except) const override;
  absl::Duration Age() const override { return absl::ZeroDuration(); }

 private:
  absl::StatusOr<ClaimAnswer> ClaimLocked(const SeatClaim& claim, OnEnded& on_ended, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Answer(Done done, bool found);
  ChangeKind Record(const SeatRecord& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndHold(const Seat& before, const SeatRecord& after) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Constant after Start.
  const DirectoryOptions options_;
  std::vector<Observer> observers_;

  DeliveryQueue deliveries_;

  mutable absl::Mutex mutex_;
  SeatTable seats_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, OnEnded> holders_ ABSL_GUARDED_BY(mutex_);  // by session; none while lost
  std::set<std::pair<absl::Time, std::string>> lost_ ABSL_GUARDED_BY(mutex_);  // when, and which session
  uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_IN_PROCESS_DIRECTORY_H_
