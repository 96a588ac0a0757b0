#include "bench/town/turn_store_worker.h"

#include <utility>

namespace parlor::bench {

TurnStoreWorker::TurnStoreWorker(std::unique_ptr<client::Store> store, client::Loop& loop)
    : loop_(loop), store_(std::move(store)) {}

void TurnStoreWorker::Run(Job job, Done done) {
  waiting_.push_back({std::move(job), std::move(done), absl::OkStatus()});
  if (std::exchange(commits_soon_, true)) return;
  loop_.Post([this, alive = alive_] {
    if (*alive) Commit();
  });
}

void TurnStoreWorker::RunLazily(Job job, Done done) {
  waiting_.push_back({std::move(job), std::move(done), absl::OkStatus()});
  if (commits_soon_ || lazily_ != nullptr) return;
  lazily_ = loop_.After(kLazyPatience, [this] {
    loop_.Post([this, alive = alive_] {
      if (*alive) Commit();
    });
  });
}

void TurnStoreWorker::Commit() {
  commits_soon_ = false;
  lazily_.reset();
  std::vector<client::PendingJob> jobs = std::exchange(waiting_, {});
  client::CommitGroup(*store_, jobs);
  const std::shared_ptr<bool> alive = alive_;
  for (const client::PendingJob& each : jobs) {
    if (!*alive) return;
    each.done(each.status);
  }
}

}  // namespace parlor::bench
