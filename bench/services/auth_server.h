// Auth as parlord wires it, over SQLite, in a process of its own.
#ifndef PARLOR_BENCH_SERVICES_AUTH_SERVER_H_
#define PARLOR_BENCH_SERVICES_AUTH_SERVER_H_

#include "bench/figure.h"

namespace parlor::bench {

// `auth-server DIRECTORY`, of SharedData. Greets with its port. Throttling by address is set wide: all people
// of a benchmark share one.
Role AuthServerRole();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_AUTH_SERVER_H_
