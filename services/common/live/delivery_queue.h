// Runs callbacks in the order in which they were added, one at a time, on the threads that add them.
#ifndef PARLOR_SERVICES_COMMON_LIVE_DELIVERY_QUEUE_H_
#define PARLOR_SERVICES_COMMON_LIVE_DELIVERY_QUEUE_H_

#include <cstddef>
#include <deque>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace parlor::live {

// Thread-safe. Adding and running are two steps, so that a caller can add under its own lock, which gives the
// order, and run after it has let go of it.
class DeliveryQueue {
 public:
  using Callback = absl::AnyInvocable<void()>;

  // `max_waiting` callbacks may wait; beyond it Run() holds up whoever adds more.
  explicit DeliveryQueue(size_t max_waiting) : max_waiting_(max_waiting) {}

  void Add(Callback callback);

  // Runs what waits until nothing does. If another thread is at it, that one does the work, and this returns
  // at once (or when the queue is within its bound again). Called by a callback it returns at once: what the
  // callback added is run after it.
  void Run();

  // On a thread of its own: runs what waits whenever nobody else is at it, until End().
  void Serve();
  void End();
  // For who adds and does not run: until the queue is within its bound, but no longer than `patience`.
  void AwaitRoom(absl::Duration patience);

 private:
  void RunWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MustServe() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return ended_ || (!waiting_.empty() && runner_ == std::thread::id());
  }
  bool WithinBound() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return waiting_.size() <= max_waiting_; }

  const size_t max_waiting_;

  absl::Mutex mutex_;
  std::deque<Callback> waiting_ ABSL_GUARDED_BY(mutex_);
  std::thread::id runner_ ABSL_GUARDED_BY(mutex_);  // of nobody: idle
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_DELIVERY_QUEUE_H_
