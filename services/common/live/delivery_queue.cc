#include "services/common/live/delivery_queue.h"

#include <utility>

namespace parlor::live {

void DeliveryQueue::Add(Callback callback) {
  absl::MutexLock lock(&mutex_);
  waiting_.push_back(std::move(callback));
}

void DeliveryQueue::Run() {
  absl::MutexLock lock(&mutex_);
  if (runner_ == std::this_thread::get_id()) return;
  if (runner_ != std::thread::id()) {
    mutex_.Await(absl::Condition(this, &DeliveryQueue::WithinBound));
    return;
  }
  RunWaiting();
}

void DeliveryQueue::Serve() {
  absl::MutexLock lock(&mutex_);
  while (true) {
    mutex_.Await(absl::Condition(this, &DeliveryQueue::MustServe));
    if (ended_) return;
    RunWaiting();
  }
}

void DeliveryQueue::End() {
  absl::MutexLock lock(&mutex_);
  ended_ = true;
}

void DeliveryQueue::AwaitRoom(absl::Duration patience) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(this, &DeliveryQueue::WithinBound), patience);
}

void DeliveryQueue::RunWaiting() {
  runner_ = std::this_thread::get_id();
  while (!waiting_.empty()) {
    Callback callback = std::move(waiting_.front());
    waiting_.pop_front();
    mutex_.Unlock();
    callback();
    callback = nullptr;  // what it holds may call back too
    mutex_.Lock();
  }
  runner_ = std::thread::id();
}

}  // namespace parlor::live
