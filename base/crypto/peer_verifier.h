// The one place where a person's device certificate is judged: for TCP links, for UDP links (DER chains)
// and for the authors of messages that others passed on.
#ifndef PARLOR_BASE_CRYPTO_PEER_VERIFIER_H_
#define PARLOR_BASE_CRYPTO_PEER_VERIFIER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/crypto/certificate.h"

typedef struct x509_store_st X509_STORE;  // NOLINT(modernize-use-using): as OpenSSL declares it

namespace parlor {

struct VerifiedPeer {
  DeviceIdentity identity;
  PublicKey key;
  // Of the whole path up to the root.
  absl::Time not_after;
  absl::Time not_before = absl::InfinitePast();
};

class VerifiedChains;

// Thread-safe. Copies remember together whom they have found good, so that judging somebody again is cheap.
class PeerVerifier {
 public:
  // Trusts `root` alone; the server id is computed from it. A root without a P-256 key has the server id ""
  // and lets nobody in.
  explicit PeerVerifier(const Certificate& root);

  const std::string& server_id() const { return server_id_; }

  // `chain_der`: leaf first, then the people's CA; at most 4, each at most 16 KiB. UNAUTHENTICATED with the
  // reason if the chain does not end in the root, is not valid at `at`, is not a device's (a service's
  // certificate is refused), names another server, or its device is not the id of its key. Whether the
  // device was revoked is for the caller to ask (client/trust).
  absl::StatusOr<VerifiedPeer> Verify(const std::vector<std::string>& chain_der, absl::Time at) const;

 private:
  std::shared_ptr<X509_STORE> store_;
  std::string server_id_;
  std::shared_ptr<VerifiedChains> verified_;
};

}  // namespace parlor

#endif  // PARLOR_BASE_CRYPTO_PEER_VERIFIER_H_
