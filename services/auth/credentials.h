// What a device is given to prove itself with: access tokens and certificates.
#ifndef PARLOR_SERVICES_AUTH_CREDENTIALS_H_
#define PARLOR_SERVICES_AUTH_CREDENTIALS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/crypto/certificate.h"
#include "base/crypto/key.h"
#include "services/common/signing_keys.h"

namespace parlor::auth {

struct AccessToken {
  std::string jwt;
  absl::Time expires;
};

struct IssuedCertificate {
  std::vector<std::string> chain_der;  // leaf, people's CA
  absl::Time not_before;
  absl::Time not_after;
};

// Immutable; thread-safe.
class Credentials {
 public:
  // `people` is the people's CA; `keys` outlives this.
  Credentials(std::string server_id, Authority people, const service::SigningKeys* keys)
      : server_id_(std::move(server_id)), people_(std::move(people)), keys_(keys) {}

  // For kAccessTokenLifetime.
  AccessToken IssueAccessToken(absl::string_view user, absl::string_view device, absl::Time now) const;

  // For kCertificateLifetime; the device is the key's own id.
  absl::StatusOr<IssuedCertificate> IssueCertificate(absl::string_view user, const PublicKey& key,
                                                     absl::Time now) const;

 private:
  const std::string server_id_;
  const Authority people_;
  const service::SigningKeys* const keys_;
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_CREDENTIALS_H_
