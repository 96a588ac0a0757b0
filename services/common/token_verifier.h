// Who a call comes from: access tokens (JWT of auth, kAccessTokenType) become callers.
#ifndef PARLOR_SERVICES_COMMON_TOKEN_VERIFIER_H_
#define PARLOR_SERVICES_COMMON_TOKEN_VERIFIER_H_

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/common/key_set.h"
#include "services/common/revocations.h"

namespace parlor::service {

struct Caller {
  std::string user;    // canonical name
  std::string device;  // id (base/crypto/key.h)
  absl::Time expires;  // of the token: a stream must have a fresh one before

  friend bool operator==(const Caller&, const Caller&) = default;
};

struct TokenVerifierOptions {
  std::string issuer = {};  // server id
  // Verified tokens remembered (about 250 bytes each) until they end. At the bound the oldest are forgotten
  // and verified again (0.5 ms) when they come back.
  size_t cache_entries = 65'536;
  // How long after its end a token still counts: for replicas whose clocks differ.
  absl::Duration leeway = absl::Seconds(2);
  // Called when a token names a key that is not known: a good moment to fetch keys (KeyClient::FetchSoon).
  std::function<void()> on_unknown_key = nullptr;
};

// Thread-safe: no lock is held while a signature is verified. A key that is withdrawn from the KeySet counts
// for what the cache holds until those tokens end.
class TokenVerifier {
 public:
  // `keys` and `revocations` outlive this.
  TokenVerifier(const KeySet* keys, const Revocations* revocations, TokenVerifierOptions options);

  // UNAVAILABLE before there are any keys. UNAUTHENTICATED with what to do: the token is missing, forged,
  // ended, somebody else's server's, or its device was ended (also when the token is in the cache).
  absl::StatusOr<Caller> Verify(absl::string_view token, absl::Time now) const;

  size_t cached() const;

 private:
  using Digest = std::array<char, 32>;

  bool Find(const Digest& digest, absl::Time now, Caller& caller) const;
  void Remember(const Digest& digest, const Caller& caller) const;
  absl::StatusOr<Caller> VerifySignature(absl::string_view token, absl::Time now) const;

  const KeySet* const keys_;
  const Revocations* const revocations_;
  const TokenVerifierOptions options_;

  // One lock for all: a call holds it for some 100 ns, and 16 shards were measured to be no faster (0.8 us of
  // CPU a hit either way, nearly all of it SHA-256).
  mutable absl::Mutex mutex_;
  mutable absl::flat_hash_map<Digest, Caller> callers_ ABSL_GUARDED_BY(mutex_);
  mutable std::deque<Digest> order_ ABSL_GUARDED_BY(mutex_);  // as they came, which is about as they end
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_TOKEN_VERIFIER_H_
