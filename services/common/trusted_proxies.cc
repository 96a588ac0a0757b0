#include "services/common/trusted_proxies.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/net/address.h"
#include "base/status.h"

namespace parlor::service {
namespace {

// The 4 or 16 bytes of a canonical address.
std::string BytesOf(const std::string& ip) {
  std::string bytes(4, '\0');
  if (::inet_pton(AF_INET, ip.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(16);
  if (::inet_pton(AF_INET6, ip.c_str(), bytes.data()) == 1) return bytes;
  return "";
}

bool SharePrefix(const std::string& a, const std::string& b, int bits) {
  if (a.size() != b.size()) return false;
  const auto whole = static_cast<size_t>(bits / 8);
  if (a.compare(0, whole, b, 0, whole) != 0) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>(0xFF << (8 - rest));
  return (static_cast<uint8_t>(a[whole]) & mask) == (static_cast<uint8_t>(b[whole]) & mask);
}

}  // namespace

absl::StatusOr<TrustedProxies> TrustedProxies::Parse(const std::vector<std::string>& networks) {
  TrustedProxies result;
  for (const std::string& network : networks) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(network, absl::MaxSplits('/', 1));
    const absl::StatusOr<std::string> ip = CanonicalIp(parts.first);
    const std::string bytes = ip.ok() ? BytesOf(*ip) : "";
    const int bits = static_cast<int>(bytes.size()) * 8;
    int prefix = bits;
    const bool has_prefix = network.find('/') != std::string::npos;
    if (bytes.empty() || (has_prefix && !absl::SimpleAtoi(parts.second, &prefix)) || prefix < 0 ||
        prefix > bits) {
      return absl::InvalidArgumentError(absl::StrCat(
          "trusted proxy '", network, "' is no network: write 10.0.0.0/8, fd00::/8 or an address"));
    }
    result.networks_.push_back(Network{bytes, prefix});
  }
  return result;
}

bool TrustedProxies::Contains(absl::string_view ip) const {
  if (networks_.empty()) return false;
  const std::string bytes = BytesOf(std::string(ip));
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    return SharePrefix(bytes, network.bytes, network.prefix);
  });
}

std::string TrustedProxies::CallerIp(absl::string_view peer_ip, absl::string_view forwarded_for,
                                     absl::string_view real_ip) const {
  if (!Contains(peer_ip)) return std::string(peer_ip);
  const std::vector<absl::string_view> hops = absl::StrSplit(forwarded_for, ',', absl::SkipWhitespace());
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const absl::StatusOr<std::string> ip = CanonicalIp(absl::StripAsciiWhitespace(*hop));
    if (!ip.ok()) return std::string(peer_ip);  // what stands before something unreadable is worth nothing
    if (!Contains(*ip)) return *ip;
  }
  const absl::StatusOr<std::string> real = CanonicalIp(absl::StripAsciiWhitespace(real_ip));
  return hops.empty() && real.ok() ? *real : std::string(peer_ip);
}

}  // namespace parlor::service
