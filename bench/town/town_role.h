// A town that is told what to do by whoever runs the servers.
#ifndef PARLOR_BENCH_TOWN_TOWN_ROLE_H_
#define PARLOR_BENCH_TOWN_TOWN_ROLE_H_

#include "bench/figure.h"

namespace parlor::bench {

// `town AUTH_PORT PORT PORT ROOT_FILE SERVER_ID CITIZENS links|udp|alone WATCHERS` (TownPlan): greets with
// "enrolled", and answers, each in one line of JSON with "seconds" that it took and "cpu_seconds" of this
// process in all:
//   connect COUNT              the first so many go online
//   meet SIZE                  rooms of that size
//   talk MESSAGES CALLS        so many a second, from now on
//   hush                       ends that: talk.h
//   transitions RATE SECONDS   transitions.h
//   await-return DOWNS         {"downs", "ups", "first_down", "last_up" (Unix time), "seen_reconnecting",
//                               "seen_offline", "errors"}, since the last time
//   news                       the same, at once
// and, any of them, with {"error"}.
Role TownRole();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_TOWN_TOWN_ROLE_H_
