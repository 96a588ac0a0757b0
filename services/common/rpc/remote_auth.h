// How a service that does not run in auth's process verifies access tokens.
#ifndef PARLOR_SERVICES_COMMON_RPC_REMOTE_AUTH_H_
#define PARLOR_SERVICES_COMMON_RPC_REMOTE_AUTH_H_

#include <memory>

#include "absl/status/status.h"
#include "base/clock.h"
#include "services/common/key_set.h"
#include "services/common/revocations.h"
#include "services/common/rpc/key_client.h"
#include "services/common/token_verifier.h"

namespace parlor::service {

// Auth's keys and revocations, kept fresh, and what verifies with them. An unknown key is asked for at once.
// Thread-safe.
class RemoteAuth {
 public:
  // `clock` outlives this.
  RemoteAuth(const KeyClientOptions& options, const Clock* clock);

  Revocations& revocations() { return revocations_; }
  const TokenVerifier& tokens() const { return tokens_; }
  absl::Status ready() const { return client_->ready(); }  // for Readiness

 private:
  KeySet keys_;
  Revocations revocations_;
  TokenVerifier tokens_;
  const std::unique_ptr<KeyClient> client_;  // last: its thread fills the above
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_RPC_REMOTE_AUTH_H_
