// Where datagrams go and come from. One family for all: IPv4 addresses are held as IPv6-mapped ones (RFC
// 4291, section 2.5.5.2), as a dual-stack socket has them. Pure.
#ifndef PARLOR_CLIENT_LINK_UDP_UDP_ADDRESS_H_
#define PARLOR_CLIENT_LINK_UDP_UDP_ADDRESS_H_

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "base/net/address.h"

namespace parlor::client {

struct UdpAddress {
  std::array<uint8_t, 16> ip{};  // all zero: any
  uint16_t port = 0;

  bool is_ipv4() const;
  bool is_any() const { return ip == std::array<uint8_t, 16>{}; }

  friend bool operator==(const UdpAddress&, const UdpAddress&) = default;

  template <typename H>
  friend H AbslHashValue(H hash, const UdpAddress& address) {
    return H::combine(std::move(hash), address.ip, address.port);
  }
};

// INVALID_ARGUMENT if `address.ip` is no IP address.
absl::StatusOr<UdpAddress> ToUdpAddress(const PeerAddress& address);
PeerAddress ToPeerAddress(const UdpAddress& address);

sockaddr_in6 ToSockaddr(const UdpAddress& address);
// AF_INET or AF_INET6; what is neither is any address.
UdpAddress FromSockaddr(const sockaddr* address);
UdpAddress FromIpv4(const in_addr& ip, uint16_t port);
in_addr ToIpv4(const UdpAddress& address);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_UDP_ADDRESS_H_
