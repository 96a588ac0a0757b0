// A store worker whose disk commits when it is told to.
#ifndef PARLOR_TESTS_CLIENT_STORE_HELD_STORE_WORKER_H_
#define PARLOR_TESTS_CLIENT_STORE_HELD_STORE_WORKER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/store/group_commit.h"
#include "client/store/store_worker.h"
#include "gtest/gtest.h"

namespace parlor::client {

// On a store in memory. `done`s are called by Commit and FailCommit; what they ask for waits for the next
// one.
class HeldStoreWorker final : public StoreWorker {
 public:
  void Run(Job job, Done done) override {
    waiting_.push_back({std::move(job), std::move(done), absl::OkStatus()});
  }
  void RunLazily(Job job, Done done) override { Run(std::move(job), std::move(done)); }

  void Commit() {
    std::vector<PendingJob> group = std::exchange(waiting_, {});
    CommitGroup(*store_, group);
    for (PendingJob& pending : group) pending.done(std::move(pending.status));
  }
  // Nothing of what waits is stored.
  void FailCommit(const absl::Status& why) {
    for (PendingJob& pending : std::exchange(waiting_, {})) pending.done(why);
  }

  size_t waiting() const { return waiting_.size(); }
  Store& store() { return *store_; }

 private:
  static std::unique_ptr<Store> Open() {
    auto store = Store::Open(":memory:", Sealer(std::string(kSealingKeySize, 'k')));
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  const std::unique_ptr<Store> store_ = Open();
  std::vector<PendingJob> waiting_;
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_STORE_HELD_STORE_WORKER_H_
