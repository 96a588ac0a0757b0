// IP addresses that machines tell each other. No names, no lookups. Pure; thread-safe.
#ifndef PARLOR_BASE_NET_ADDRESS_H_
#define PARLOR_BASE_NET_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor {

enum class AddressScope {
  kPublic,
  kPrivate,    // RFC 1918, RFC 6598, unique local IPv6
  kLinkLocal,  // 169.254/16, fe80::/10
  kLoopback,
  kUnusable,  // unspecified, multicast, broadcast, documentation, reserved
};

struct PeerAddress {
  std::string ip;  // canonical text; an IPv4-mapped IPv6 address is written as IPv4
  uint16_t port = 0;

  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
  friend auto operator<=>(const PeerAddress&, const PeerAddress&) = default;
};

inline constexpr size_t kMaxPeerAddresses = 8;

// INVALID_ARGUMENT for what is no textual IP address, or a port that nobody may be sent to (0, and all
// under 1024 but 443).
absl::StatusOr<PeerAddress> MakePeerAddress(absl::string_view ip, uint32_t port);

// `ip` in canonical text (see PeerAddress::ip).
absl::StatusOr<std::string> CanonicalIp(absl::string_view ip);

// `ip` must be canonical.
AddressScope ScopeOf(absl::string_view ip);

// "1.2.3.4:5" or "[::1]:5".
std::string ToString(const PeerAddress& address);

// The IP address in gRPC's peer() string ("ipv4:1.2.3.4:5", "ipv6:%5B::1%5D:5"); canonical.
absl::StatusOr<std::string> IpOfGrpcPeer(absl::string_view peer);

struct HostPort {
  std::string host;  // a name or an address, IPv6 without brackets
  uint16_t port = 0;
};
// "host:port", "[::1]:port"; port 0 to 65535.
absl::StatusOr<HostPort> ParseHostPort(absl::string_view text);
std::string ToString(const HostPort& host_port);

}  // namespace parlor

#endif  // PARLOR_BASE_NET_ADDRESS_H_
