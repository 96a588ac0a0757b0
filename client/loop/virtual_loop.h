// A loop on virtual time: nothing happens but in Run*. Deterministic; for tests and simulation.
#ifndef PARLOR_CLIENT_LOOP_VIRTUAL_LOOP_H_
#define PARLOR_CLIENT_LOOP_VIRTUAL_LOOP_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "client/loop/loop.h"

namespace parlor::client {

// One thread. Several clients of a simulation share one.
class VirtualLoop final : public Loop {
 public:
  explicit VirtualLoop(absl::Time start = absl::FromUnixSeconds(1'800'000'000)) : start_(start) {}

  absl::Time Now() const override { return start_ + uptime_; }
  absl::Duration Uptime() const override { return uptime_; }
  void Post(std::function<void()> run) override;
  std::unique_ptr<Timer> After(absl::Duration delay, std::function<void()> run) override;

  // Runs what is due until `duration` has passed.
  void RunFor(absl::Duration duration);
  // Runs until `done` holds (true), or `limit` has passed without it (false).
  bool RunUntil(const std::function<bool()>& done, absl::Duration limit = absl::Minutes(1));

 private:
  using Key = std::pair<absl::Duration, uint64_t>;  // when, and in which order it was asked for
  struct Pending;
  using Queue = std::map<Key, std::function<void()>>;

  // Runs the next call due by `deadline`; false if there is none.
  bool RunOne(absl::Duration deadline);

  const absl::Time start_;
  absl::Duration uptime_ = absl::ZeroDuration();
  uint64_t next_order_ = 0;
  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();  // timers that outlive the loop see it expired
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LOOP_VIRTUAL_LOOP_H_
