// People of one side change their status; how long until their friends of the other side know.
#ifndef PARLOR_BENCH_TOWN_TRANSITIONS_H_
#define PARLOR_BENCH_TOWN_TRANSITIONS_H_

#include "absl/time/time.h"
#include "bench/town/town.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {

// {"transitions", "unseen", "p50_ms", "p99_ms", "max_ms"}; a town of pairs. Nobody changes again before
// `per_second` has come round to them.
nlohmann::json MeasureTransitions(Town& town, double per_second, absl::Duration duration);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_TOWN_TRANSITIONS_H_
