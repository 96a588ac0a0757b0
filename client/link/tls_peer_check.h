// What a handshake finds out about the other side, for TLS over TCP and for QUIC alike: one judge, one set of
// rules, one wording.
#ifndef PARLOR_CLIENT_LINK_TLS_PEER_CHECK_H_
#define PARLOR_CLIENT_LINK_TLS_PEER_CHECK_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/link/network.h"

namespace parlor::client {

// As PeerVerifier.
inline constexpr size_t kMaxChainLength = 4;
inline constexpr size_t kMaxCertificateSize = 16 * 1024;  // bytes of DER

// Belongs to one handshake and must outlive it.
struct TlsPeerCheck {
  const PeerJudge* judge = nullptr;
  std::string expected_user;  // empty: whoever the judge accepts
  // Filled by the handshake:
  std::vector<std::string> chain_der;
  std::optional<VerifiedPeer> peer;
  absl::Status refusal;
};

// Judges `chain_der`, and the name if one is expected. True: `peer` is set; false: `refusal` says why.
bool Judge(TlsPeerCheck& check);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_TLS_PEER_CHECK_H_
