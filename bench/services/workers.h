// Blocking work on several threads.
#ifndef PARLOR_BENCH_SERVICES_WORKERS_H_
#define PARLOR_BENCH_SERVICES_WORKERS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace parlor::bench {

// Called on several threads at once; `worker` counts them from 0.
using Work = std::function<absl::Status(int worker)>;

struct Repeated {
  double per_second = 0;
  std::vector<double> seconds;  // that each took
  int64_t all = 0;              // those before and after `measured` included
};

// `threads` threads do `work` again and again; counted is what ends within `measured`, after `warm_up`. The
// first error ends all.
absl::StatusOr<Repeated> Repeat(int threads, absl::Duration warm_up, absl::Duration measured,
                                const Work& work);

// `threads` threads do `work(index)` for each index below `count`, once, and say on standard error how far
// they are with `what`. The first error ends all. The time that it took.
absl::StatusOr<absl::Duration> ForEach(int threads, int count, const char* what,
                                       const std::function<absl::Status(int index)>& work);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_WORKERS_H_
