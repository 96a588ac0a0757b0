// A fixed number of threads for calls that block: SQL, Argon2, files. gRPC's own threads never block.
#ifndef PARLOR_SERVICES_COMMON_BLOCKING_POOL_H_
#define PARLOR_SERVICES_COMMON_BLOCKING_POOL_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace parlor::service {

struct BlockingPoolOptions {
  // Names the threads (cut at 15 characters) and, by who registers it, the metrics.
  std::string name = "blocking";
  // Threads, at least 1. For SQL: the number of database connections; for Argon2: of cores.
  int threads = 4;
  // Tasks that may wait, beside those that run; 0 takes a task only when a thread is free for it. Every
  // waiting task is a person who waits: 64 tasks of 20 ms on 4 threads are a third of a second.
  size_t queue = 64;
  // Told how long each task waited, on the pool's thread, just before the task runs. May be empty.
  std::function<void(absl::Duration)> on_start = nullptr;
};

// Thread-safe.
class BlockingPool {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  explicit BlockingPool(BlockingPoolOptions options);
  // Shutdown().
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // True: `task` will run, also when Shutdown() comes first. False: the queue is full, or the pool is
  // shutting down; `task` is destroyed without having run. Never blocks. A task must not throw.
  [[nodiscard]] bool TrySubmit(Task task);

  // Takes nothing new, runs what waits, and returns when the last task has ended. Again: no effect. Must
  // not be called by a task.
  void Shutdown();

  size_t waiting() const;  // tasks that no thread has taken yet
  size_t running() const;
  uint64_t refused() const;  // tasks for which there was no room
  const BlockingPoolOptions& options() const { return options_; }
  const std::string& name() const { return options_.name; }

 private:
  struct Waiting {
    Task task;
    absl::Time since;
  };

  void Work();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !queue_.empty() || stopping_; }

  const BlockingPoolOptions options_;

  mutable absl::Mutex mutex_;
  std::deque<Waiting> queue_ ABSL_GUARDED_BY(mutex_);
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  absl::Mutex join_mutex_;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(join_mutex_);
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_BLOCKING_POOL_H_
