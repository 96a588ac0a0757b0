#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "client/store/group_commit.h"
#include "client/store/store_worker.h"

namespace parlor::client {
namespace {

// More in one transaction would make its sync no cheaper a job, but what is repeated after a failure dearer.
constexpr size_t kMaxGroup = 4096;

using Group = std::vector<PendingJob>;

class StoreThread final : public StoreWorker {
 public:
  StoreThread(std::unique_ptr<Store> store, Loop& loop)
      : loop_(loop), store_(std::move(store)), thread_([this] { Work(); }) {}

  ~StoreThread() override {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    *alive_ = false;
    thread_.join();
  }

  void Run(Job job, Done done) override { Add(std::move(job), std::move(done), /*hurry=*/true); }
  void RunLazily(Job job, Done done) override { Add(std::move(job), std::move(done), /*hurry=*/false); }

 private:
  void Add(Job job, Done done, bool hurry) {
    {
      absl::MutexLock lock(&mutex_);
      if (waiting_.size() < kMaxWaitingJobs) {
        waiting_.push_back({std::move(job), std::move(done), absl::OkStatus()});
        hurried_ = hurried_ || hurry;
        return;
      }
    }
    loop_.Post([alive = alive_, done = std::move(done)] {
      if (*alive) done(TooManyWaiting());
    });
  }

  static absl::Status TooManyWaiting() {
    return absl::ResourceExhaustedError(absl::StrCat("the disk is too slow: ", kMaxWaitingJobs,
                                                     " changes wait to be stored; nothing was stored, try "
                                                     "again in a moment"));
  }

  void Work() {
    while (true) {
      Group group = Take();
      if (group.empty()) return;
      CommitGroup(*store_, group);
      Report(std::move(group));
    }
  }

  // What waits, in order; waits for it. Empty: the end.
  //
  // Waking this thread costs the one who does it 10 µs and more. Lazy jobs usually follow others closely, and
  // within kLazyPatience this thread wakes up by itself: only later ones wake it.
  Group Take() {
    absl::MutexLock lock(&mutex_);
    const auto hurried = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || hurried_; };
    const auto due = [this]()
                         ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !waiting_.empty(); };
    while (!mutex_.AwaitWithTimeout(absl::Condition(&hurried), kLazyPatience) && waiting_.empty()) {
      mutex_.Await(absl::Condition(&due));
    }
    const size_t size = std::min(waiting_.size(), kMaxGroup);
    Group group(std::make_move_iterator(waiting_.begin()),
                std::make_move_iterator(waiting_.begin() + static_cast<ptrdiff_t>(size)));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(size));
    hurried_ = hurried_ && !waiting_.empty();
    return group;
  }

  // Jobs go along: what they hold is let go of on the loop, where it came from.
  void Report(Group group) {
    loop_.Post([alive = alive_, group = std::make_shared<Group>(std::move(group))] {
      for (PendingJob& pending : *group) {
        if (!*alive) return;
        pending.done(std::move(pending.status));
      }
    });
  }

  Loop& loop_;
  const std::unique_ptr<Store> store_;  // the thread's alone
  // Read on the loop only; the destructor runs there too, or after the loop.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  absl::Mutex mutex_;
  std::deque<PendingJob> waiting_ ABSL_GUARDED_BY(mutex_);
  bool hurried_ ABSL_GUARDED_BY(mutex_) = false;  // somebody waits for something in waiting_
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<StoreWorker> MakeStoreThread(std::unique_ptr<Store> store, Loop& loop) {
  return std::make_unique<StoreThread>(std::move(store), loop);
}

}  // namespace parlor::client
