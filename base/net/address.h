// IP addresses that machines tell each other, and HOST:PORT as people write it. No lookups. Pure;
// thread-safe. Errors quote at most 64 characters of what they were given, escaped.
#ifndef PARLOR_BASE_NET_ADDRESS_H_
#define PARLOR_BASE_NET_ADDRESS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor {

// By the IANA special-purpose address registries (RFC 6890).
enum class AddressScope {
  kPublic,
  kPrivate,    // RFC 1918, RFC 6598, unique local IPv6
  kLinkLocal,  // 169.254/16, fe80::/10
  kLoopback,
  kUnusable,  // unspecified, multicast, broadcast, documentation, reserved, translation and tunnel prefixes
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

// `ip` must be canonical; what is no address at all is kUnusable.
AddressScope ScopeOf(absl::string_view ip);

// "1.2.3.4:5" or "[::1]:5".
std::string ToString(const PeerAddress& address);

// The IP address in gRPC's peer() string ("ipv4:1.2.3.4:5", "ipv6:%5B::1%5D:5"); canonical, without a zone.
absl::StatusOr<std::string> IpOfGrpcPeer(absl::string_view peer);

struct HostPort {
  std::string host;  // a name in lower case or a canonical address, IPv6 without brackets
  uint16_t port = 0;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

// "host:port", "[::1]:port"; port 0 to 65535. A name has letters, digits, '-' and '_' in labels of at most
// 63, at most 253 in all; international names are written as IDNA ("xn--…").
absl::StatusOr<HostPort> ParseHostPort(absl::string_view text);
std::string ToString(const HostPort& host_port);

}  // namespace parlor

#endif  // PARLOR_BASE_NET_ADDRESS_H_
