// The floor of calls and streams: gRPC's callback API under the settings of our servers, with nothing behind
// it.
#ifndef PARLOR_BENCH_SERVICES_BARE_SERVER_H_
#define PARLOR_BENCH_SERVICES_BARE_SERVER_H_

#include "bench/figure.h"

namespace parlor::bench {

// `bare-server DIRECTORY ANSWER_BYTES`: answers Presence.Lookup, and every message on Presence.Connect, with
// so many bytes, looking at nothing. Messages stay bytes: not even protobuf is counted as the floor's.
// Greets with its port.
Role BareServerRole();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_BARE_SERVER_H_
