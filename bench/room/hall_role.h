// A process with some of the members of parlor-bench room's one room.
#ifndef PARLOR_BENCH_ROOM_HALL_ROLE_H_
#define PARLOR_BENCH_ROOM_HALL_ROLE_H_

#include "bench/figure.h"

namespace parlor::bench {

inline constexpr char kHallRole[] = "hall";

// `hall LINK ROOT_FILE FIRST COUNT`: COUNT people with fresh accounts, of whom the first is the FIRST of all.
// Greets with "enrolled", and answers, each in one line of JSON with "cpu_seconds" of this process in all:
//   connect                        all go online
//   open, enter AT_ONCE, visit N   hall.h
//   speak RATE SECONDS SPEAKERS, progress, deliveries
// and, any of them, with {"error"}.
Role HallRole();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_ROOM_HALL_ROLE_H_
