// TLS 1.3 over TCP with nothing but asio: the floor of `echo`, and of what frames cost under load.
#ifndef PARLOR_BENCH_CLIENT_TLS_FLOOR_H_
#define PARLOR_BENCH_CLIENT_TLS_FLOOR_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace parlor::bench {

inline constexpr char kTlsServer[] = "tls-floor-server";  // DIRECTORY echo|sink; greets with its port
// DIRECTORY PORT. "echo SECONDS": RoundTrips with an echo server. "stream SECONDS": {"rate":…}, frames a
// second in full records to a sink.
inline constexpr char kTlsClient[] = "tls-floor-client";

// Roles, of processes with devices from MakeDevices(DIRECTORY).
absl::Status RunTlsServer(const std::vector<std::string>& arguments);
absl::Status RunTlsClient(const std::vector<std::string>& arguments);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_TLS_FLOOR_H_
