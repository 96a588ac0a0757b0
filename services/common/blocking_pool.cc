#include "services/common/blocking_pool.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

namespace parlor::service {
namespace {

constexpr size_t kLongestThreadName = 15;  // pthread_setname_np(3)

}  // namespace

BlockingPool::BlockingPool(BlockingPoolOptions options) : options_(std::move(options)) {
  absl::MutexLock lock(&join_mutex_);
  for (int i = 0; i < std::max(1, options_.threads); ++i) {
    threads_.emplace_back([this] { Work(); });
    pthread_setname_np(threads_.back().native_handle(), options_.name.substr(0, kLongestThreadName).c_str());
  }
}

BlockingPool::~BlockingPool() {
  Shutdown();
}

bool BlockingPool::TrySubmit(Task task) {
  const absl::Time now = absl::Now();
  absl::MutexLock lock(&mutex_);
  // A task in the queue that a free thread is about to take does not wait.
  const size_t free_threads = static_cast<size_t>(std::max(1, options_.threads)) - running_;
  if (stopping_) return false;
  if (queue_.size() >= options_.queue + free_threads) {
    ++refused_;
    return false;
  }
  queue_.push_back(Waiting{std::move(task), now});
  return true;
}

void BlockingPool::Shutdown() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  absl::MutexLock lock(&join_mutex_);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

size_t BlockingPool::waiting() const {
  absl::MutexLock lock(&mutex_);
  return queue_.size();
}

size_t BlockingPool::running() const {
  absl::MutexLock lock(&mutex_);
  return running_;
}

uint64_t BlockingPool::refused() const {
  absl::MutexLock lock(&mutex_);
  return refused_;
}

void BlockingPool::Work() {
  while (true) {
    Waiting next;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &BlockingPool::HasWork));
      if (queue_.empty()) return;
      next = std::move(queue_.front());
      queue_.pop_front();
      ++running_;
    }
    if (options_.on_start) {
      options_.on_start(std::max(absl::ZeroDuration(), absl::Now() - next.since));
    }
    std::move(next.task)();
    next.task = nullptr;  // what it holds is let go before the thread counts as free
    absl::MutexLock lock(&mutex_);
    --running_;
  }
}

}  // namespace parlor::service
