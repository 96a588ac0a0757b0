#include "client/link/udp/udp_address.h"

#include <algorithm>
#include <asio/ip/address.hpp>
#include <cstring>

namespace parlor::client {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool UdpAddress::is_ipv4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin());
}

absl::StatusOr<UdpAddress> ToUdpAddress(const PeerAddress& address) {
  asio::error_code error;
  const asio::ip::address ip = asio::ip::make_address(address.ip, error);
  if (error) return absl::InvalidArgumentError("not an IP address");
  const asio::ip::address_v6 whole =
      ip.is_v6() ? ip.to_v6() : asio::ip::make_address_v6(asio::ip::v4_mapped, ip.to_v4());
  return UdpAddress{whole.to_bytes(), address.port};
}

PeerAddress ToPeerAddress(const UdpAddress& address) {
  const asio::ip::address_v6 whole(address.ip);
  const std::string ip = whole.is_v4_mapped()
                             ? asio::ip::make_address_v4(asio::ip::v4_mapped, whole).to_string()
                             : whole.to_string();
  return {ip, address.port};
}

sockaddr_in6 ToSockaddr(const UdpAddress& address) {
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  raw.sin6_port = htons(address.port);
  std::copy(address.ip.begin(), address.ip.end(), raw.sin6_addr.s6_addr);
  return raw;
}

UdpAddress FromSockaddr(const sockaddr* address) {
  UdpAddress result;
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 raw{};
    std::memcpy(&raw, address, sizeof(raw));
    std::copy_n(raw.sin6_addr.s6_addr, result.ip.size(), result.ip.begin());
    result.port = ntohs(raw.sin6_port);
  } else if (address->sa_family == AF_INET) {
    sockaddr_in raw{};
    std::memcpy(&raw, address, sizeof(raw));
    result = FromIpv4(raw.sin_addr, ntohs(raw.sin_port));
  }
  return result;
}

UdpAddress FromIpv4(const in_addr& ip, uint16_t port) {
  UdpAddress result;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), result.ip.begin());
  std::memcpy(result.ip.data() + kMappedPrefix.size(), &ip.s_addr, sizeof(ip.s_addr));
  result.port = port;
  return result;
}

in_addr ToIpv4(const UdpAddress& address) {
  in_addr ip{};
  std::memcpy(&ip.s_addr, address.ip.data() + kMappedPrefix.size(), sizeof(ip.s_addr));
  return ip;
}

}  // namespace parlor::client
