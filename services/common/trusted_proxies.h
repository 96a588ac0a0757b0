// From which address a call really comes, when a proxy stands in front. Pure; thread-safe.
#ifndef PARLOR_SERVICES_COMMON_TRUSTED_PROXIES_H_
#define PARLOR_SERVICES_COMMON_TRUSTED_PROXIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::service {

class TrustedProxies {
 public:
  // Trusts nobody.
  TrustedProxies() = default;

  // Networks as "10.0.0.0/8", "fd00::/8" or single addresses. INVALID_ARGUMENT names the one that is wrong.
  static absl::StatusOr<TrustedProxies> Parse(const std::vector<std::string>& networks);

  // `ip` is canonical (base/net/address.h).
  bool Contains(absl::string_view ip) const;

  // The caller's address: `peer_ip`, unless that is a trusted proxy. Then the last address of
  // `forwarded_for` (X-Forwarded-For, "client, proxy1, proxy2") that is not itself a trusted proxy: what
  // stands before it was written by the caller, who may have made it up. Without one, `real_ip`
  // (X-Real-IP), and else `peer_ip`.
  std::string CallerIp(absl::string_view peer_ip, absl::string_view forwarded_for,
                       absl::string_view real_ip) const;

 private:
  struct Network {
    std::string bytes;  // 4 or 16
    int prefix;
  };
  std::vector<Network> networks_;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_TRUSTED_PROXIES_H_
