#include "services/auth/revocation_publisher.h"

#include <algorithm>

#include "base/crypto/jwt.h"
#include "base/status.h"
#include "nlohmann/json.hpp"
#include "services/auth/rules/limits.h"
#include "spdlog/spdlog.h"

namespace parlor::auth {
namespace {

bool Holds(const service::KeyRing& ring, const std::string& kid) {
  return std::any_of(ring.keys().begin(), ring.keys().end(),
                     [&kid](const service::SigningKey& key) { return key.kid == kid; });
}

}  // namespace

absl::Status RevocationPublisher::Publish(absl::Time now) {
  absl::MutexLock lock(&publishing_);
  const std::shared_ptr<const service::KeyRing> ring = keys_->ring();
  const std::string kid = ring->Signer(now).kid;
  PARLOR_ASSIGN_OR_RETURN(const int64_t version, store_->RevocationVersion());
  if (version <= revocations_->version() && kid == signed_by_) return absl::OkStatus();

  PARLOR_ASSIGN_OR_RETURN(const RevokedDevices revoked, ReadUnder(*ring, now));
  PARLOR_RETURN_IF_ERROR(revocations_->Update(Sign(revoked, now), now));
  signed_by_ = kid;
  metrics_->SetRevokedDevices(revoked.devices.size());
  if (revoked.devices.size() == kMaxRevokedDevices) {
    spdlog::warn("the revocation list is full: of the devices ended in the last 8 days it has the latest {}",
                 kMaxRevokedDevices);
  }
  return absl::OkStatus();
}

absl::StatusOr<RevokedDevices> RevocationPublisher::ReadUnder(const service::KeyRing& ring, absl::Time now) {
  const absl::Time since = now - kRevocationRetention;
  PARLOR_ASSIGN_OR_RETURN(RevokedDevices revoked, store_->ListRevoked(since, kMaxRevokedDevices));
  // Kids start with their time. A replica that has not read the newest key yet leaves the newer signer alone.
  const std::string& kid = ring.Signer(now).kid;
  if (kid == revoked.signer || (kid < revoked.signer && Holds(ring, revoked.signer))) return revoked;
  PARLOR_RETURN_IF_ERROR(store_->ChangeRevocationSigner(revoked.signer, kid));
  return store_->ListRevoked(since, kMaxRevokedDevices);
}

std::string RevocationPublisher::Sign(const RevokedDevices& revoked, absl::Time now) const {
  nlohmann::json claims = {{"iss", server_id_}, {"ver", revoked.version}, {"dev", revoked.devices}};
  SetTimeClaim(claims, "iat", now);
  return keys_->Sign(kRevocationsType, claims, now);
}

}  // namespace parlor::auth
