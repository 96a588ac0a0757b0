// Looks after the deadlines of all streams of a service with no thread or timer of their own: each is looked
// at when it may be due, and says when to look again. A heartbeat therefore costs nothing here; a stream is
// touched about once in as many heartbeats as it may miss.
#ifndef PARLOR_SERVICES_COMMON_STREAM_HEARTBEAT_MONITOR_H_
#define PARLOR_SERVICES_COMMON_STREAM_HEARTBEAT_MONITOR_H_

#include <cstddef>
#include <memory>
#include <queue>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace parlor::service {

class Monitored {
 public:
  virtual ~Monitored() = default;

  // Does what is due at `now` and returns when to be called again; InfiniteFuture: never.
  virtual absl::Time OnDeadline(absl::Time now) = 0;
};

// Thread-safe. Holds one entry of 24 bytes a stream, until its next look after the stream has gone.
class HeartbeatMonitor {
 public:
  // `stream` is looked at when a Tick comes at or after `due`, until it is destroyed.
  void Watch(std::weak_ptr<Monitored> stream, absl::Time due);

  // Looks at all that are due, with no lock held. One Tick at a time.
  void Tick(absl::Time now);

  // Entries held, those of streams that have gone meanwhile included.
  size_t size() const;

 private:
  struct Entry {
    absl::Time due;
    std::weak_ptr<Monitored> stream;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const { return a.due > b.due; }
  };

  std::vector<std::weak_ptr<Monitored>> TakeDue(absl::Time now);

  mutable absl::Mutex mutex_;
  std::priority_queue<Entry, std::vector<Entry>, Later> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_STREAM_HEARTBEAT_MONITOR_H_
