// A store whose writes are timed.
#ifndef PARLOR_CLIENT_METRICS_TIMED_STORE_H_
#define PARLOR_CLIENT_METRICS_TIMED_STORE_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/loop/loop.h"
#include "client/store/store_worker.h"

namespace parlor::client {

// `observe` is told of each Run() how long it took until it was committed, or failed; of lazy ones, for which
// nobody waits, nothing.
std::unique_ptr<StoreWorker> MakeTimedStore(
    std::unique_ptr<StoreWorker> store, Loop& loop,
    std::function<void(absl::Duration took, const absl::Status& status)> observe);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_METRICS_TIMED_STORE_H_
