#include "client/metrics/timed_store.h"

#include <utility>

namespace parlor::client {
namespace {

class TimedStore final : public StoreWorker {
 public:
  using Observe = std::function<void(absl::Duration, const absl::Status&)>;

  TimedStore(std::unique_ptr<StoreWorker> store, Loop& loop, Observe observe)
      : loop_(loop), observe_(std::move(observe)), store_(std::move(store)) {}

  void Run(Job job, Done done) override {
    store_->Run(std::move(job), [this, start = loop_.Uptime(), done = std::move(done)](absl::Status status) {
      observe_(loop_.Uptime() - start, status);
      done(std::move(status));
    });
  }

  void RunLazily(Job job, Done done) override { store_->RunLazily(std::move(job), std::move(done)); }

 private:
  Loop& loop_;
  const Observe observe_;
  const std::unique_ptr<StoreWorker> store_;  // ends first: then no `done` is called any more
};

}  // namespace

std::unique_ptr<StoreWorker> MakeTimedStore(
    std::unique_ptr<StoreWorker> store, Loop& loop,
    std::function<void(absl::Duration took, const absl::Status& status)> observe) {
  return std::make_unique<TimedStore>(std::move(store), loop, std::move(observe));
}

}  // namespace parlor::client
