#include <memory>
#include <utility>
#include <vector>

#include "client/store/group_commit.h"
#include "client/store/store_worker.h"

namespace parlor::client {
namespace {

class InlineStoreWorker final : public StoreWorker {
 public:
  InlineStoreWorker(std::unique_ptr<Store> store, Loop& loop) : loop_(loop), store_(std::move(store)) {}
  ~InlineStoreWorker() override { *alive_ = false; }

  void Run(Job job, Done done) override {
    std::vector<PendingJob> one;
    one.push_back({std::move(job), nullptr, absl::OkStatus()});
    CommitGroup(*store_, one);
    loop_.Post([alive = alive_, done = std::move(done), status = std::move(one[0].status)] {
      if (*alive) done(status);
    });
  }
  void RunLazily(Job job, Done done) override { Run(std::move(job), std::move(done)); }

 private:
  Loop& loop_;
  const std::unique_ptr<Store> store_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<StoreWorker> MakeInlineStoreWorker(std::unique_ptr<Store> store, Loop& loop) {
  return std::make_unique<InlineStoreWorker>(std::move(store), loop);
}

}  // namespace parlor::client
