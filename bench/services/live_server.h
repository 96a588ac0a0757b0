// Presence and rooms as parlord wires them, in a process of their own.
#ifndef PARLOR_BENCH_SERVICES_LIVE_SERVER_H_
#define PARLOR_BENCH_SERVICES_LIVE_SERVER_H_

#include "bench/figure.h"

namespace parlor::bench {

// `live-server DIRECTORY HEARTBEAT`: the directory of SharedData, and the heartbeat of streams in seconds.
// Greets with its port. The limits of what one person may create are wide: the benchmarks have one owner.
Role LiveServerRole();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_LIVE_SERVER_H_
