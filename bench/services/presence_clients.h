// The other ends of the presence benchmark's connections, in a process of their own.
#ifndef PARLOR_BENCH_SERVICES_PRESENCE_CLIENTS_H_
#define PARLOR_BENCH_SERVICES_PRESENCE_CLIENTS_H_

#include "bench/figure.h"

namespace parlor::bench {

// `presence-clients DIRECTORY PORT COUNT EVERY`: so many people, each on a TLS connection of their own, which
// beats every EVERY seconds. Greets with "ready", and answers
//   connect       with {"seconds"} once all of them are greeted
//   beat SECONDS  with {"beats", "skipped", "answers", "p50_us", "p99_us"} after those seconds
// and, either of them, with {"error"}. Connections beat while it works on one of these.
Role PresenceClientsRole();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_PRESENCE_CLIENTS_H_
