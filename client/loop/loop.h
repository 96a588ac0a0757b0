// The client's one thread. Everything in client/ runs on it, but for storage and gRPC, which post to it.
#ifndef PARLOR_CLIENT_LOOP_LOOP_H_
#define PARLOR_CLIENT_LOOP_LOOP_H_

#include <functional>
#include <memory>

#include "absl/time/time.h"

namespace parlor::client {

// Destroying it cancels the call that it stands for. Loop thread only; may outlive the call, not the loop.
class Timer {
 public:
  virtual ~Timer() = default;
};

class Loop {
 public:
  virtual ~Loop() = default;

  // Wall clock of this machine; may be wrong, and may jump.
  virtual absl::Time Now() const = 0;

  // Never goes back; for intervals. Counted from an arbitrary point.
  virtual absl::Duration Uptime() const = 0;

  // Calls `run` on the loop thread, after what was posted before. The only method for other threads.
  virtual void Post(std::function<void()> run) = 0;

  // Calls `run` once, `delay` from now (at once, but never inside this call, if that is not positive).
  [[nodiscard]] virtual std::unique_ptr<Timer> After(absl::Duration delay, std::function<void()> run) = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LOOP_LOOP_H_
