#include "services/auth/credentials.h"

#include "base/crypto/jwt.h"
#include "base/status.h"
#include "nlohmann/json.hpp"
#include "services/auth/rules/limits.h"

namespace parlor::auth {

AccessToken Credentials::IssueAccessToken(absl::string_view user, absl::string_view device,
                                          absl::Time now) const {
  // Tokens count whole seconds: what is told must not be later than what is signed.
  const absl::Time expires = absl::FromUnixSeconds(absl::ToUnixSeconds(now + kAccessTokenLifetime));
  nlohmann::json claims = {{"iss", server_id_}, {"sub", std::string(user)}, {"dev", std::string(device)}};
  SetTimeClaim(claims, "iat", now);
  SetTimeClaim(claims, "exp", expires);
  return {keys_->Sign(kAccessTokenType, claims, now), expires};
}

absl::StatusOr<IssuedCertificate> Credentials::IssueCertificate(absl::string_view user, const PublicKey& key,
                                                                absl::Time now) const {
  const DeviceIdentity identity = {server_id_, std::string(user), key.device_id()};
  PARLOR_ASSIGN_OR_RETURN(const Certificate leaf,
                          people_.IssueDevice(identity, key, now, kCertificateLifetime));
  return IssuedCertificate{
      {leaf.ToDer(), people_.certificate().ToDer()}, leaf.not_before(), leaf.not_after()};
}

}  // namespace parlor::auth
