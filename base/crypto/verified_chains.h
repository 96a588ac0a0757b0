// Chains that were found good: who is met at a handshake and again as the author of a message is judged once.
#ifndef PARLOR_BASE_CRYPTO_VERIFIED_CHAINS_H_
#define PARLOR_BASE_CRYPTO_VERIFIED_CHAINS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/crypto/peer_verifier.h"

namespace parlor {

// Thread-safe. By the bytes of the whole chain, so that nothing passes for another.
class VerifiedChains {
 public:
  // Everybody in a room of a thousand. At least half as many of the latest are kept.
  static constexpr size_t kMaxChains = 1'024;

  // Whom the chain names; nullopt: it is not known, or not valid at `at`.
  std::optional<VerifiedPeer> Find(const std::vector<std::string>& chain_der, absl::Time at) const;
  void Add(const std::vector<std::string>& chain_der, const VerifiedPeer& peer);

 private:
  using Peers = absl::flat_hash_map<std::string, VerifiedPeer>;  // by the chain's digest

  mutable absl::Mutex mutex_;
  Peers young_ ABSL_GUARDED_BY(mutex_);
  Peers old_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor

#endif  // PARLOR_BASE_CRYPTO_VERIFIED_CHAINS_H_
