// Turns what the store says of ended devices into the signed list that every verifier goes by.
#ifndef PARLOR_SERVICES_AUTH_REVOCATION_PUBLISHER_H_
#define PARLOR_SERVICES_AUTH_REVOCATION_PUBLISHER_H_

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/auth/auth_metrics.h"
#include "services/auth/store/account_store.h"
#include "services/common/revocations.h"
#include "services/common/signing_keys.h"

namespace parlor::auth {

// Thread-safe. All pointers outlive this.
class RevocationPublisher {
 public:
  RevocationPublisher(std::string server_id, AccountStore* store, const service::SigningKeys* keys,
                      service::Revocations* revocations, AuthMetrics* metrics)
      : server_id_(std::move(server_id)),
        store_(store),
        keys_(keys),
        revocations_(revocations),
        metrics_(metrics) {}

  // Brings the list to the store's version; signs it anew, under a grown version, when another key signs now.
  // Costs one small query when nothing changed. Blocks. On an error the list stays as it was.
  absl::Status Publish(absl::Time now);

 private:
  absl::StatusOr<RevokedDevices> ReadUnder(const service::KeyRing& ring, absl::Time now);
  std::string Sign(const RevokedDevices& revoked, absl::Time now) const;

  const std::string server_id_;
  AccountStore* const store_;
  const service::SigningKeys* const keys_;
  service::Revocations* const revocations_;
  AuthMetrics* const metrics_;

  absl::Mutex publishing_;  // one after the other: those who waited find the work done
  std::string signed_by_ ABSL_GUARDED_BY(publishing_);  // kid
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_REVOCATION_PUBLISHER_H_
