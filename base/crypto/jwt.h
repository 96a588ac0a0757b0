// Signed claims (JWT, ES256: RFC 7519, RFC 7518). Pure; thread-safe.
#ifndef PARLOR_BASE_CRYPTO_JWT_H_
#define PARLOR_BASE_CRYPTO_JWT_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/crypto/key.h"
#include "nlohmann/json_fwd.hpp"

namespace parlor {

// What a token is for stands in its header's `typ`, and is checked: none passes for another.
inline constexpr char kAccessTokenType[] = "access+jwt";
inline constexpr char kTicketType[] = "ticket+jwt";
inline constexpr char kIntroductionType[] = "introduction+jwt";
inline constexpr char kRevocationsType[] = "revocations+jwt";
inline constexpr char kRoomEventType[] = "room-event+jwt";

// Public keys by `kid`.
using VerificationKeys = absl::flat_hash_map<std::string, PublicKey>;

// `claims` is a JSON object; `iss`, `exp`, … are its maker's business. Nested 16 deep at most, and at most
// 1 MiB as a token, or VerifyJwt will not take it. Bytes in it that are not UTF-8 become U+FFFD.
std::string SignJwt(const PrivateKey& key, absl::string_view kid, absl::string_view type,
                    const nlohmann::json& claims);

// The claims, if the token is at most 1 MiB, its header says ES256, `type` and a known `kid`, its signature
// fits, `iss` is `issuer`, and (when `exp` is there) `now` is before `exp + leeway`. UNAUTHENTICATED
// otherwise, with the reason; NOT_FOUND for an unknown `kid`, so that the caller may fetch keys anew. A token
// has exactly one spelling (no padding, no spare bits). `nbf`, `aud` and `sub` are the caller's to judge.
absl::StatusOr<nlohmann::json> VerifyJwt(absl::string_view token, absl::string_view type,
                                         const VerificationKeys& keys, absl::string_view issuer,
                                         absl::Time now, absl::Duration leeway = absl::ZeroDuration());

// Typed access to claims: UNAUTHENTICATED when one is missing or of another type.
absl::StatusOr<std::string> StringClaim(const nlohmann::json& claims, const char* name);
absl::StatusOr<absl::Time> TimeClaim(const nlohmann::json& claims, const char* name);  // seconds
void SetTimeClaim(nlohmann::json& claims, const char* name, absl::Time time);

}  // namespace parlor

#endif  // PARLOR_BASE_CRYPTO_JWT_H_
