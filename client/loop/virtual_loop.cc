#include "client/loop/virtual_loop.h"

#include <algorithm>

namespace parlor::client {

struct VirtualLoop::Pending final : Timer {
  Pending(std::weak_ptr<Queue> in, Key at) : queue(std::move(in)), key(at) {}
  ~Pending() override {
    // What the call holds may be timers too: it is destroyed only when the map is whole again.
    const auto alive = queue.lock();
    if (alive == nullptr) return;
    const auto cancelled = alive->extract(key);
  }
  std::weak_ptr<Queue> queue;
  Key key;
};

void VirtualLoop::Post(std::function<void()> run) {
  queue_->emplace(Key{uptime_, next_order_++}, std::move(run));
}

std::unique_ptr<Timer> VirtualLoop::After(absl::Duration delay, std::function<void()> run) {
  const Key key{uptime_ + std::max(delay, absl::ZeroDuration()), next_order_++};
  queue_->emplace(key, std::move(run));
  return std::make_unique<Pending>(queue_, key);
}

bool VirtualLoop::RunOne(absl::Duration deadline) {
  if (queue_->empty() || queue_->begin()->first.first > deadline) return false;
  auto next = queue_->extract(queue_->begin());
  uptime_ = std::max(uptime_, next.key().first);
  next.mapped()();
  return true;
}

void VirtualLoop::RunFor(absl::Duration duration) {
  const absl::Duration deadline = uptime_ + duration;
  while (RunOne(deadline)) {
  }
  uptime_ = deadline;
}

bool VirtualLoop::RunUntil(const std::function<bool()>& done, absl::Duration limit) {
  const absl::Duration deadline = uptime_ + limit;
  while (!done()) {
    if (!RunOne(deadline)) {
      uptime_ = deadline;
      return done();
    }
  }
  return true;
}

}  // namespace parlor::client
