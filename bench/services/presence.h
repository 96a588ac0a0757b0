// What a presence connection costs a server, against a bare gRPC stream server.
#ifndef PARLOR_BENCH_SERVICES_PRESENCE_H_
#define PARLOR_BENCH_SERVICES_PRESENCE_H_

#include "bench/figure.h"

namespace parlor::bench {

// BenchOptions::connections TLS connections, each with one Connect stream that beats every 5 s: memory a
// connection, and processor time a heartbeat.
Benchmark PresenceBenchmark();

// BenchOptions::idle_people of them, who beat as rarely as presence asks them to: percent of a processor.
Benchmark IdleBenchmark();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_PRESENCE_H_
