// Frame echo over a link: the product's side of `echo`.
#ifndef PARLOR_BENCH_CLIENT_LINK_ECHO_H_
#define PARLOR_BENCH_CLIENT_LINK_ECHO_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace parlor::bench {

inline constexpr char kLinkEchoServer[] = "link-echo-server";  // DIRECTORY tcp|udp; greets with its port
inline constexpr char kLinkEchoClient[] =
    "link-echo-client";  // DIRECTORY tcp|udp [ADDRESS] PORT; "SECONDS": RoundTrips

// Roles, of processes with devices from MakeDevices(DIRECTORY).
absl::Status RunLinkEchoServer(const std::vector<std::string>& arguments);
absl::Status RunLinkEchoClient(const std::vector<std::string>& arguments);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_LINK_ECHO_H_
