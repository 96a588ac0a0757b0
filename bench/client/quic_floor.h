// QUIC with nothing but ngtcp2 and a socket, one packet at a time: the floor of `echo` over UDP.
#ifndef PARLOR_BENCH_CLIENT_QUIC_FLOOR_H_
#define PARLOR_BENCH_CLIENT_QUIC_FLOOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace parlor::bench {

// DIRECTORY [sink]; greets with its port; takes one client, and sends back what it sends, unless it is a
// sink.
inline constexpr char kQuicServer[] = "quic-floor-server";
// DIRECTORY PORT; "SECONDS": RoundTrips; "send FRAMES INTERVAL_MS": {}
inline constexpr char kQuicClient[] = "quic-floor-client";

// Roles, of processes with devices from MakeDevices(DIRECTORY).
absl::Status RunQuicServer(const std::vector<std::string>& arguments);
absl::Status RunQuicClient(const std::vector<std::string>& arguments);

// Processor time that a bare receiver spends on a frame, when one comes each `interval`: waking up, the
// packet, its acknowledgement. Makes devices in `directory`.
absl::StatusOr<double> BareReceiveMicros(const std::string& directory, int64_t frames,
                                         absl::Duration interval);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_QUIC_FLOOR_H_
