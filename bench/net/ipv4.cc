#include "bench/net/ipv4.h"

#include <arpa/inet.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"

namespace parlor::bench {
namespace {

// RFC 791, section 3.1.
constexpr size_t kHeaderSize = 20;
constexpr size_t kDestination = 16;
constexpr unsigned kVersion = 4;

}  // namespace

absl::StatusOr<Ipv4> ParseIpv4(absl::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no IPv4 address such as 10.77.0.1"));
  }
  return ntohl(address.s_addr);
}

std::optional<Ipv4> Destination(absl::string_view packet) {
  if (packet.size() < kHeaderSize || static_cast<unsigned char>(packet[0]) >> 4 != kVersion)
    return std::nullopt;
  Ipv4 address = 0;
  std::memcpy(&address, packet.data() + kDestination, sizeof(address));
  return ntohl(address);
}

}  // namespace parlor::bench
