// The store's thread: what waits is written in one transaction and one sync, so that a burst costs one disk
// flush and a single message waits for nothing.
#ifndef PARLOR_CLIENT_STORE_STORE_WORKER_H_
#define PARLOR_CLIENT_STORE_STORE_WORKER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/loop/loop.h"
#include "client/store/store.h"

namespace parlor::client {

class StoreWorker {
 public:
  using Job = std::function<absl::Status(Store&)>;
  using Done = std::function<void(absl::Status)>;

  static constexpr size_t kMaxWaitingJobs = 100'000;

  // On the loop's thread, or once the loop has stopped; before the loop is destroyed. No `done` is called any
  // more.
  virtual ~StoreWorker() = default;

  // Runs `job` on the store, then `done` on the loop once the job is committed, or has failed: then nothing
  // of it is stored. Jobs run and `done`s are called in the order of the calls; one job's failure does not
  // touch others. A job is part of a transaction already: it calls Store's methods, not Store::Transaction.
  //
  // `job` may run more than once, after a rollback that another job or a full disk caused; only the last time
  // counts. So it assigns to what it captures rather than adds to it, and changes nothing else but the store.
  //
  // RESOURCE_EXHAUSTED: the disk is full (jobs do not use that code themselves). Also, at once and without
  // `job` having run, when kMaxWaitingJobs wait.
  virtual void Run(Job job, Done done) = 0;

  // The same for what nobody waits for: it is committed together with the next job that somebody waits for,
  // which then pays no second sync, and after kLazyPatience at the latest.
  virtual void RunLazily(Job job, Done done) = 0;
  static constexpr absl::Duration kLazyPatience = absl::Milliseconds(200);

  template <typename T>
  void Query(std::function<absl::StatusOr<T>(Store&)> query, std::function<void(absl::StatusOr<T>)> done) {
    auto result = std::make_shared<std::optional<T>>();
    Run(
        [query = std::move(query), result](Store& store) -> absl::Status {
          absl::StatusOr<T> got = query(store);
          if (!got.ok()) return got.status();
          *result = *std::move(got);
          return absl::OkStatus();
        },
        [done = std::move(done), result](absl::Status status) {
          if (!status.ok()) return done(std::move(status));
          done(*std::move(*result));
        });
  }
};

// With a thread of its own; the destructor finishes what waits. Run may be called on any thread. A process
// that limits its file size must ignore SIGXFSZ, so that the limit is an error like a full disk.
std::unique_ptr<StoreWorker> MakeStoreThread(std::unique_ptr<Store> store, Loop& loop);

// Runs each job at once, and posts `done`: for virtual time.
std::unique_ptr<StoreWorker> MakeInlineStoreWorker(std::unique_ptr<Store> store, Loop& loop);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_STORE_STORE_WORKER_H_
