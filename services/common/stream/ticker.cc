#include "services/common/stream/ticker.h"

#include <utility>

namespace parlor::service {

Ticker::Ticker(const Clock& clock, absl::Duration period, std::function<void(absl::Time now)> tick)
    : thread_([this, &clock, period, tick = std::move(tick)] {
        while (!stop_.WaitForNotificationWithTimeout(period)) tick(clock.Now());
      }) {}

Ticker::~Ticker() {
  stop_.Notify();
  thread_.join();
}

}  // namespace parlor::service
