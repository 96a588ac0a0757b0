#include "services/common/token_verifier.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto/key.h"
#include "base/status.h"
#include "nlohmann/json.hpp"

namespace parlor::service {
namespace {

constexpr size_t kLongestToken = 8192;

absl::Status LogInAgain(absl::string_view reason) {
  return absl::UnauthenticatedError(absl::StrCat(reason, ": log in again (parlor login)"));
}

}  // namespace

TokenVerifier::TokenVerifier(const KeySet* keys, const Revocations* revocations, TokenVerifierOptions options)
    : keys_(keys), revocations_(revocations), options_(std::move(options)) {}

absl::StatusOr<Caller> TokenVerifier::Verify(absl::string_view token, absl::Time now) const {
  if (token.empty()) {
    return absl::UnauthenticatedError("this call needs an access token: log in first (parlor login)");
  }
  if (token.size() > kLongestToken) return LogInAgain("the access token is too long to be one");
  Digest digest;
  const std::string hash = Sha256(token);
  std::copy(hash.begin(), hash.end(), digest.begin());

  Caller caller;
  if (!Find(digest, now, caller)) {
    PARLOR_ASSIGN_OR_RETURN(caller, VerifySignature(token, now));
    Remember(digest, caller);
  }
  if (revocations_->IsRevoked(caller.device)) return LogInAgain("this device was logged out");
  return caller;
}

size_t TokenVerifier::cached() const {
  size_t sum = 0;
  for (const Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    sum += shard.callers.size();
  }
  return sum;
}

TokenVerifier::Shard& TokenVerifier::ShardOf(const Digest& digest) const {
  return shards_[static_cast<unsigned char>(digest[0]) % kShards];
}

bool TokenVerifier::Find(const Digest& digest, absl::Time now, Caller& caller) const {
  const Shard& shard = ShardOf(digest);
  absl::MutexLock lock(&shard.mutex);
  const auto found = shard.callers.find(digest);
  if (found == shard.callers.end() || found->second.expires + options_.leeway <= now) return false;
  caller = found->second;
  return true;
}

void TokenVerifier::Remember(const Digest& digest, const Caller& caller) const {
  const size_t bound = std::max<size_t>(1, options_.cache_entries / kShards);
  Shard& shard = ShardOf(digest);
  absl::MutexLock lock(&shard.mutex);
  if (!shard.callers.emplace(digest, caller).second) return;  // another thread was first
  shard.order.push_back(digest);
  while (shard.order.size() > bound) {
    shard.callers.erase(shard.order.front());
    shard.order.pop_front();
  }
}

absl::StatusOr<Caller> TokenVerifier::VerifySignature(absl::string_view token, absl::Time now) const {
  absl::StatusOr<nlohmann::json> claims =
      VerifyJwt(token, kAccessTokenType, *keys_->Get(), options_.issuer, now, options_.leeway);
  if (absl::IsNotFound(claims.status()) && options_.on_unknown_key) options_.on_unknown_key();
  if (!claims.ok()) return LogInAgain(claims.status().message());
  Caller caller;
  PARLOR_ASSIGN_OR_RETURN(caller.user, StringClaim(*claims, "sub"));
  PARLOR_ASSIGN_OR_RETURN(caller.device, StringClaim(*claims, "dev"));
  PARLOR_ASSIGN_OR_RETURN(caller.expires, TimeClaim(*claims, "exp"));
  if (caller.user.empty() || caller.device.empty()) return LogInAgain("the access token names nobody");
  return caller;
}

}  // namespace parlor::service
