// A store without a thread of its own, for thousands on one loop: what is asked of it is committed together
// once the loop gets to it, as the client's own store does with what waits meanwhile.
#ifndef PARLOR_BENCH_TOWN_TURN_STORE_WORKER_H_
#define PARLOR_BENCH_TOWN_TURN_STORE_WORKER_H_

#include <memory>
#include <vector>

#include "client/loop/loop.h"
#include "client/store/group_commit.h"
#include "client/store/store.h"
#include "client/store/store_worker.h"

namespace parlor::bench {

// Loop thread only, or once the loop has stopped.
class TurnStoreWorker final : public client::StoreWorker {
 public:
  TurnStoreWorker(std::unique_ptr<client::Store> store, client::Loop& loop);
  ~TurnStoreWorker() override { *alive_ = false; }

  void Run(Job job, Done done) override;
  void RunLazily(Job job, Done done) override;

 private:
  void Commit();

  client::Loop& loop_;
  const std::unique_ptr<client::Store> store_;
  std::vector<client::PendingJob> waiting_;
  bool commits_soon_ = false;
  std::unique_ptr<client::Timer> lazily_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_TOWN_TURN_STORE_WORKER_H_
