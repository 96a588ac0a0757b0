// Logins, against the password hash alone.
#ifndef PARLOR_BENCH_SERVICES_LOGIN_H_
#define PARLOR_BENCH_SERVICES_LOGIN_H_

#include "bench/figure.h"

namespace parlor::bench {

// Auth.Login with fresh devices over TLS, in numbers that keep auth's hashing threads busy; the floor hashes
// with the same parameters on as many threads.
Benchmark LoginBenchmark();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_LOGIN_H_
