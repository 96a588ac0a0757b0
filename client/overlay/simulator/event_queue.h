// Things that happen at their time, in the order of time and then of being planned. Virtual time: nobody
// waits.
#ifndef PARLOR_CLIENT_OVERLAY_SIMULATOR_EVENT_QUEUE_H_
#define PARLOR_CLIENT_OVERLAY_SIMULATOR_EVENT_QUEUE_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace parlor::client::overlay::simulator {

class EventQueue {
 public:
  absl::Time now() const { return now_; }

  void At(absl::Time when, std::function<void()> run) {
    events_.push_back({std::max(when, now_), next_++, std::move(run)});
    std::push_heap(events_.begin(), events_.end());
  }
  void After(absl::Duration delay, std::function<void()> run) { At(now_ + delay, std::move(run)); }

  // Everything up to that time, and what it brings about until then.
  void RunUntil(absl::Time end) {
    while (!events_.empty() && events_.front().when <= end) {
      std::pop_heap(events_.begin(), events_.end());
      Event event = std::move(events_.back());
      events_.pop_back();
      now_ = event.when;
      event.run();
    }
    now_ = end;
  }
  void RunFor(absl::Duration duration) { RunUntil(now_ + duration); }

 private:
  struct Event {
    absl::Time when;
    uint64_t order = 0;
    std::function<void()> run;

    friend bool operator<(const Event& a, const Event& b) {  // the heap's front is the first
      return std::pair(a.when, a.order) > std::pair(b.when, b.order);
    }
  };

  absl::Time now_ = absl::UnixEpoch();
  uint64_t next_ = 0;
  std::vector<Event> events_;
};

}  // namespace parlor::client::overlay::simulator

#endif  // PARLOR_CLIENT_OVERLAY_SIMULATOR_EVENT_QUEUE_H_
