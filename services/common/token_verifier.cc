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

absl::StatusOr<Caller> CallerOf(const nlohmann::json& claims) {
  Caller caller;
  PARLOR_ASSIGN_OR_RETURN(caller.user, StringClaim(claims, "sub"));
  PARLOR_ASSIGN_OR_RETURN(caller.device, StringClaim(claims, "dev"));
  PARLOR_ASSIGN_OR_RETURN(caller.expires, TimeClaim(claims, "exp"));
  if (caller.user.empty() || caller.device.empty()) {
    return absl::UnauthenticatedError("the access token names nobody");
  }
  return caller;
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
  absl::MutexLock lock(&mutex_);
  return callers_.size();
}

bool TokenVerifier::Find(const Digest& digest, absl::Time now, Caller& caller) const {
  absl::MutexLock lock(&mutex_);
  const auto found = callers_.find(digest);
  if (found == callers_.end() || found->second.expires + options_.leeway <= now) return false;
  caller = found->second;
  return true;
}

void TokenVerifier::Remember(const Digest& digest, const Caller& caller) const {
  absl::MutexLock lock(&mutex_);
  if (!callers_.emplace(digest, caller).second) return;  // another thread was first
  order_.push_back(digest);
  while (order_.size() > options_.cache_entries) {
    callers_.erase(order_.front());
    order_.pop_front();
  }
}

absl::StatusOr<Caller> TokenVerifier::VerifySignature(absl::string_view token, absl::Time now) const {
  const std::shared_ptr<const VerificationKeys> keys = keys_->Get();
  // Whoever is told to log in again does so; and this token may be as good as any.
  if (keys->empty()) {
    if (options_.on_unknown_key) options_.on_unknown_key();
    return absl::UnavailableError(
        "the server has just started and cannot check tokens yet: try again in a moment");
  }
  const absl::StatusOr<nlohmann::json> claims =
      VerifyJwt(token, kAccessTokenType, *keys, options_.issuer, now, options_.leeway);
  if (absl::IsNotFound(claims.status()) && options_.on_unknown_key) options_.on_unknown_key();
  if (!claims.ok()) return LogInAgain(claims.status().message());
  absl::StatusOr<Caller> caller = CallerOf(*claims);
  return caller.ok() ? caller : LogInAgain(caller.status().message());
}

}  // namespace parlor::service
