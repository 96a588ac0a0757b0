// One thread that calls a function at a steady beat.
#ifndef PARLOR_SERVICES_COMMON_STREAM_TICKER_H_
#define PARLOR_SERVICES_COMMON_STREAM_TICKER_H_

#include <functional>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace parlor::service {

class Ticker {
 public:
  // Calls `tick` with `clock`'s time each `period` of real time, on a thread of its own, until destroyed.
  // `clock` has to outlive the ticker.
  Ticker(const Clock& clock, absl::Duration period, std::function<void(absl::Time now)> tick);
  // Waits for a tick in progress. Not to be destroyed by `tick` itself.
  ~Ticker();

  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_STREAM_TICKER_H_
