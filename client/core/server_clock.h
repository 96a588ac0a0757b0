// The server's time on a machine whose own clock may be wrong or jump: the last answer of the server, carried
// on by the time that has passed since.
#ifndef PARLOR_CLIENT_CORE_SERVER_CLOCK_H_
#define PARLOR_CLIENT_CORE_SERVER_CLOCK_H_

#include "absl/time/time.h"
#include "client/loop/loop.h"

namespace parlor::client {

// Beyond this the person is told that their clock is wrong.
inline constexpr absl::Duration kClockWarning = absl::Minutes(5);

// Loop thread only.
class ServerClock {
 public:
  // `offset`: remembered from an earlier run (server − machine). `loop` outlives this.
  ServerClock(const Loop& loop, absl::Duration offset)
      : loop_(loop), server_(loop.Now() + offset), uptime_(loop.Uptime()) {}

  absl::Time Now() const { return server_ + (loop_.Uptime() - uptime_); }

  // The server said `server` in answer to something sent `round_trip` ago. A slower answer than the best one
  // of the last 10 minutes is less exact and only counts if it contradicts that one.
  void Heard(absl::Time server, absl::Duration round_trip);

  // Server minus machine.
  absl::Duration offset() const { return Now() - loop_.Now(); }

 private:
  const Loop& loop_;
  absl::Time server_;
  absl::Duration uptime_;
  absl::Duration best_round_trip_ = absl::InfiniteDuration();
  absl::Duration best_at_ = absl::ZeroDuration();
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_SERVER_CLOCK_H_
