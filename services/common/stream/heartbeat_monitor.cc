#include "services/common/stream/heartbeat_monitor.h"

#include <utility>

namespace parlor::service {

void HeartbeatMonitor::Watch(std::weak_ptr<Monitored> stream, absl::Time due) {
  absl::MutexLock lock(&mutex_);
  entries_.push({due, std::move(stream)});
}

void HeartbeatMonitor::Tick(absl::Time now) {
  for (std::weak_ptr<Monitored>& entry : TakeDue(now)) {
    const std::shared_ptr<Monitored> stream = entry.lock();
    if (stream == nullptr) continue;
    const absl::Time next = stream->OnDeadline(now);
    if (next != absl::InfiniteFuture()) Watch(std::move(entry), next);
  }
}

size_t HeartbeatMonitor::size() const {
  absl::MutexLock lock(&mutex_);
  return entries_.size();
}

std::vector<std::weak_ptr<Monitored>> HeartbeatMonitor::TakeDue(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::weak_ptr<Monitored>> due;
  while (!entries_.empty() && entries_.top().due <= now) {
    due.push_back(entries_.top().stream);
    entries_.pop();
  }
  return due;
}

}  // namespace parlor::service
