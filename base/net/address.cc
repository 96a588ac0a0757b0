#include "base/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status.h"

namespace parlor {
namespace {

constexpr size_t kMaxHostName = 253;  // RFC 1035 §2.3.4, as text
constexpr size_t kMaxLabel = 63;

// What others sent must not fill a log or reach a terminal as it is.
std::string Quoted(absl::string_view text) {
  constexpr size_t kMaxQuoted = 64;
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, kMaxQuoted)),
                      text.size() > kMaxQuoted ? "…\"" : "\"");
}

// IPv4 stands in the last 4 bytes behind 12 others (RFC 4291 §2.5.5.2), so that one table serves both.
using Bytes = std::array<uint8_t, 16>;
constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool IsMapped(const Bytes& bytes) {
  return std::memcmp(bytes.data(), kMapped.data(), kMapped.size()) == 0;
}

std::optional<Bytes> ParseIp(absl::string_view text) {
  char terminated[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof(terminated) || text.find('\0') != absl::string_view::npos) return std::nullopt;
  terminated[text.copy(terminated, text.size())] = '\0';
  Bytes bytes{};
  if (::inet_pton(AF_INET6, terminated, bytes.data()) == 1) return bytes;
  std::memcpy(bytes.data(), kMapped.data(), kMapped.size());
  if (::inet_pton(AF_INET, terminated, bytes.data() + kMapped.size()) == 1) return bytes;
  return std::nullopt;
}

std::string Format(const Bytes& bytes) {
  char text[INET6_ADDRSTRLEN];
  if (IsMapped(bytes)) return ::inet_ntop(AF_INET, bytes.data() + kMapped.size(), text, sizeof(text));
  return ::inet_ntop(AF_INET6, bytes.data(), text, sizeof(text));
}

struct Range {
  const char* prefix;
  int bits;
  AddressScope scope;
};

// The first that matches counts. What stands in neither is public in IPv4 and, in IPv6, inside of 2000::/3.
constexpr Range kIpv4Ranges[] = {
    {"0.0.0.0", 8, AddressScope::kUnusable},        // this network
    {"10.0.0.0", 8, AddressScope::kPrivate},        // RFC 1918
    {"100.64.0.0", 10, AddressScope::kPrivate},     // RFC 6598, carrier-grade NAT
    {"127.0.0.0", 8, AddressScope::kLoopback},      //
    {"169.254.0.0", 16, AddressScope::kLinkLocal},  //
    {"172.16.0.0", 12, AddressScope::kPrivate},     // RFC 1918
    {"192.0.0.0", 24, AddressScope::kUnusable},     // IETF protocol assignments
    {"192.0.2.0", 24, AddressScope::kUnusable},     // documentation
    {"192.88.99.0", 24, AddressScope::kUnusable},   // 6to4 relays, RFC 7526
    {"192.168.0.0", 16, AddressScope::kPrivate},    // RFC 1918
    {"198.18.0.0", 15, AddressScope::kUnusable},    // benchmarks
    {"198.51.100.0", 24, AddressScope::kUnusable},  // documentation
    {"203.0.113.0", 24, AddressScope::kUnusable},   // documentation
    {"224.0.0.0", 4, AddressScope::kUnusable},      // multicast
    {"240.0.0.0", 4, AddressScope::kUnusable},      // reserved, broadcast
};

constexpr Range kIpv6Ranges[] = {
    {"::1", 128, AddressScope::kLoopback},        //
    {"fc00::", 7, AddressScope::kPrivate},        // RFC 4193
    {"fe80::", 10, AddressScope::kLinkLocal},     //
    {"2001::", 23, AddressScope::kUnusable},      // IETF protocol assignments, Teredo
    {"2001:db8::", 32, AddressScope::kUnusable},  // documentation
    {"2002::", 16, AddressScope::kUnusable},      // 6to4, which could hide any IPv4 address
    {"3fff::", 20, AddressScope::kUnusable},      // documentation, RFC 9637
    {"2000::", 3, AddressScope::kPublic},         // RFC 4291 §2.4: all that is given out
};

bool IsIn(const Bytes& bytes, const Bytes& prefix, int bits) {
  const auto whole = static_cast<size_t>(bits / 8);
  if (std::memcmp(bytes.data(), prefix.data(), whole) != 0) return false;
  const int rest = bits % 8;
  return rest == 0 || ((bytes[whole] ^ prefix[whole]) >> (8 - rest)) == 0;
}

bool IsHostName(absl::string_view host) {
  if (host.size() > kMaxHostName) return false;
  const std::vector<absl::string_view> labels = absl::StrSplit(host, '.');
  for (const absl::string_view label : labels) {
    if (label.empty() || label.size() > kMaxLabel || label.front() == '-' || label.back() == '-')
      return false;
    for (const char c : label) {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') return false;
    }
  }
  // "1.2.3" and "999.1.1.1" are mistyped addresses, which some resolvers would nevertheless take for one.
  const absl::string_view last = labels.back();
  return last.find_first_not_of("0123456789") != absl::string_view::npos;
}

absl::StatusOr<uint16_t> ParsePort(absl::string_view text) {
  uint32_t port = 0;
  // SimpleAtoi alone would take a sign and space.
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == absl::string_view::npos;
  if (!digits || !absl::SimpleAtoi(text, &port) || port > UINT16_MAX) {
    return absl::InvalidArgumentError(absl::StrCat("not a port (0 to 65535): ", Quoted(text)));
  }
  return static_cast<uint16_t>(port);
}

std::optional<std::string> PercentDecoded(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const absl::string_view digits = text.substr(i + 1, 2);
    if (digits.size() != 2 || !absl::ascii_isxdigit(static_cast<unsigned char>(digits[0])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(digits[1]))) {
      return std::nullopt;
    }
    decoded += absl::HexStringToBytes(digits);
    i += digits.size();
  }
  return decoded;
}

}  // namespace

absl::StatusOr<std::string> CanonicalIp(absl::string_view ip) {
  const std::optional<Bytes> bytes = ParseIp(ip);
  if (!bytes) return absl::InvalidArgumentError(absl::StrCat("not an IP address: ", Quoted(ip)));
  return Format(*bytes);
}

absl::StatusOr<PeerAddress> MakePeerAddress(absl::string_view ip, uint32_t port) {
  PARLOR_ASSIGN_OR_RETURN(std::string canonical, CanonicalIp(ip));
  constexpr uint32_t kFirstUnprivileged = 1024;
  constexpr uint32_t kHttps = 443;
  if (port > UINT16_MAX || (port < kFirstUnprivileged && port != kHttps)) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a port for people to be dialled at (443, or 1024 to 65535): ", port));
  }
  return PeerAddress{.ip = std::move(canonical), .port = static_cast<uint16_t>(port)};
}

AddressScope ScopeOf(absl::string_view ip) {
  const std::optional<Bytes> bytes = ParseIp(ip);
  if (!bytes) return AddressScope::kUnusable;
  constexpr int kMappedBits = 8 * static_cast<int>(kMapped.size());
  if (IsMapped(*bytes)) {
    for (const Range& range : kIpv4Ranges) {
      if (IsIn(*bytes, *ParseIp(range.prefix), kMappedBits + range.bits)) return range.scope;
    }
    return AddressScope::kPublic;
  }
  for (const Range& range : kIpv6Ranges) {
    if (IsIn(*bytes, *ParseIp(range.prefix), range.bits)) return range.scope;
  }
  return AddressScope::kUnusable;
}

std::string ToString(const PeerAddress& address) {
  return ToString(HostPort{.host = address.ip, .port = address.port});
}

absl::StatusOr<std::string> IpOfGrpcPeer(absl::string_view peer) {
  // Made when needed: this is asked at every call.
  const auto not_ip = [peer] {
    return absl::InvalidArgumentError(absl::StrCat("not a gRPC peer over IP: ", Quoted(peer)));
  };
  absl::string_view rest = peer;
  if (!absl::ConsumePrefix(&rest, "ipv4:") && !absl::ConsumePrefix(&rest, "ipv6:")) return not_ip();
  const std::optional<std::string> decoded = PercentDecoded(rest);
  if (!decoded) return not_ip();
  absl::string_view ip = *decoded;
  const size_t colon = ip.rfind(':');
  if (colon == absl::string_view::npos) return not_ip();
  ip = ip.substr(0, colon);
  if (absl::ConsumePrefix(&ip, "[") && !absl::ConsumeSuffix(&ip, "]")) return not_ip();
  // The zone of a link-local address ("fe80::1%eth0") means something on this machine only.
  return CanonicalIp(ip.substr(0, ip.find('%')));
}

absl::StatusOr<HostPort> ParseHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || absl::EndsWith(text, "]")) {
    return absl::InvalidArgumentError(absl::StrCat("the port is missing (HOST:PORT): ", Quoted(text)));
  }
  PARLOR_ASSIGN_OR_RETURN(const uint16_t port, ParsePort(text.substr(colon + 1)));
  absl::string_view host = text.substr(0, colon);
  if (host.empty()) return absl::InvalidArgumentError(absl::StrCat("the host is missing: ", Quoted(text)));

  const bool opened = absl::ConsumePrefix(&host, "[");
  const bool closed = absl::ConsumeSuffix(&host, "]");
  const bool ipv6 = host.find(':') != absl::string_view::npos;
  if (opened != closed || opened != ipv6) {
    return absl::InvalidArgumentError(absl::StrCat(
        "an IPv6 address, and nothing else, is written in brackets ([::1]:PORT): ", Quoted(text)));
  }
  if (const std::optional<Bytes> ip = ParseIp(host)) return HostPort{.host = Format(*ip), .port = port};
  if (ipv6 || !IsHostName(host)) {
    return absl::InvalidArgumentError(absl::StrCat("not a host name or IP address: ", Quoted(host)));
  }
  return HostPort{.host = absl::AsciiStrToLower(host), .port = port};
}

std::string ToString(const HostPort& host_port) {
  const bool ipv6 = absl::StrContains(host_port.host, ':');
  return absl::StrCat(ipv6 ? "[" : "", host_port.host, ipv6 ? "]:" : ":", host_port.port);
}

}  // namespace parlor
