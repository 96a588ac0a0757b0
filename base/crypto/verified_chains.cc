#include "base/crypto/verified_chains.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto/key.h"

namespace parlor {
namespace {

std::string DigestOf(const std::vector<std::string>& chain_der) {
  std::string all;
  for (const std::string& der : chain_der) absl::StrAppend(&all, der.size(), ":", der);
  return Sha256(all);
}

}  // namespace

std::optional<VerifiedPeer> VerifiedChains::Find(const std::vector<std::string>& chain_der,
                                                 absl::Time at) const {
  const std::string digest = DigestOf(chain_der);
  absl::MutexLock lock(&mutex_);
  for (const Peers* peers : {&young_, &old_}) {
    const auto found = peers->find(digest);
    if (found == peers->end()) continue;
    const VerifiedPeer& peer = found->second;
    // As OpenSSL has it: its last second is no longer a certificate's.
    if (peer.not_before <= at && at < peer.not_after) return peer;
    return std::nullopt;
  }
  return std::nullopt;
}

void VerifiedChains::Add(const std::vector<std::string>& chain_der, const VerifiedPeer& peer) {
  std::string digest = DigestOf(chain_der);
  absl::MutexLock lock(&mutex_);
  if (young_.size() >= kMaxChains / 2) old_ = std::exchange(young_, {});
  young_.insert_or_assign(std::move(digest), peer);
}

}  // namespace parlor
