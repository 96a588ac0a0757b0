// QUIC with nothing but ngtcp2 and a socket, one packet at a time: the floor of `echo` over UDP.
#ifndef PARLOR_BENCH_CLIENT_QUIC_FLOOR_H_
#define PARLOR_BENCH_CLIENT_QUIC_FLOOR_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace parlor::bench {

inline constexpr char kQuicServer[] =
    "quic-floor-server";  // DIRECTORY; greets with its port; takes one client
inline constexpr char kQuicClient[] = "quic-floor-client";  // DIRECTORY PORT; "SECONDS": RoundTrips

// Roles, of processes with devices from MakeDevices(DIRECTORY).
absl::Status RunQuicServer(const std::vector<std::string>& arguments);
absl::Status RunQuicClient(const std::vector<std::string>& arguments);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_QUIC_FLOOR_H_
