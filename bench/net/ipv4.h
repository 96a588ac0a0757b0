// Where an IPv4 packet wants to go.
#ifndef PARLOR_BENCH_NET_IPV4_H_
#define PARLOR_BENCH_NET_IPV4_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::bench {

using Ipv4 = uint32_t;  // in the host's order

// INVALID_ARGUMENT: not four numbers with dots.
absl::StatusOr<Ipv4> ParseIpv4(absl::string_view text);

// None: no IPv4 packet, but IPv6's or a piece of one.
std::optional<Ipv4> Destination(absl::string_view packet);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_NET_IPV4_H_
