// `echo`: a frame there and back over a TcpLink, against plain asio TLS, and over a UdpLink, against plain
// ngtcp2.
#ifndef PARLOR_BENCH_CLIENT_ECHO_H_
#define PARLOR_BENCH_CLIENT_ECHO_H_

#include <vector>

#include "absl/status/statusor.h"
#include "bench/figure.h"

namespace parlor::bench {

absl::StatusOr<std::vector<Figure>> MeasureEcho(const BenchOptions& options);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_ECHO_H_
