#include "services/common/rpc/remote_auth.h"

namespace parlor::service {

// The verifier calls back only for tokens, which come when all of this is made.
RemoteAuth::RemoteAuth(const KeyClientOptions& options, const Clock* clock)
    : revocations_(options.server_id, &keys_),
      tokens_(&keys_, &revocations_,
              {.issuer = options.server_id, .on_unknown_key = [this] { client_->FetchSoon(); }}),
      client_(KeyClient::ForAuth(options, clock, &keys_, &revocations_)) {}

}  // namespace parlor::service
