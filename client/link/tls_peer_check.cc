#include "client/link/tls_peer_check.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace parlor::client {

bool Judge(TlsPeerCheck& check) {
  absl::StatusOr<VerifiedPeer> peer = (*check.judge)(check.chain_der);
  if (!peer.ok()) {
    check.refusal = peer.status();
  } else if (!check.expected_user.empty() && peer->identity.user != check.expected_user) {
    check.refusal = absl::UnauthenticatedError(absl::StrCat(
        "the certificate shown there is of ", peer->identity.user, ", not of ", check.expected_user));
  } else {
    check.peer = *std::move(peer);
  }
  return check.refusal.ok();
}

}  // namespace parlor::client
