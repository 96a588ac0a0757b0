// Refresh tokens and the rule of their rotation. Pure but for the randomness of new ones; thread-safe.
//
//   token = base64url(family || secret)       32 random bytes each, 86 characters
//
// The family stays the same from a login to the device's end and tells which device a token belongs to; the
// secret changes with every exchange. The store has SHA-256 of both and never the token. Because nobody but
// the device ever saw its family, a wrong secret beside a right family is a token of that device which was
// used before: a copy is at large.
//
// The successor's secret is HMAC-SHA-256, keyed by the secret that it replaces, over a random salt in the
// store: so the answer to a repeated exchange can be made again, though the store alone, or an old token
// alone, tells nothing about the successor.
#ifndef PARLOR_SERVICES_AUTH_RULES_REFRESH_TOKEN_H_
#define PARLOR_SERVICES_AUTH_RULES_REFRESH_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace parlor::auth {

struct RefreshToken {
  std::string family;  // 32 bytes
  std::string secret;  // 32 bytes

  static RefreshToken Random();
  // UNAUTHENTICATED for what never was a token.
  static absl::StatusOr<RefreshToken> Parse(absl::string_view text);

  std::string ToText() const;
  std::string FamilyHash() const;  // hex of SHA-256
  std::string SecretHash() const;
  RefreshToken Successor(absl::string_view salt) const;

  friend bool operator==(const RefreshToken&, const RefreshToken&) = default;
};

std::string RandomSalt();

// What the store knows of a device's tokens.
struct RefreshState {
  std::string current_hash;   // of the secret that was given out last
  std::string previous_hash;  // of the one before it; empty while there is none
  absl::Time last_used;       // login or last exchange
};

enum class RefreshVerdict {
  kRotate,  // the current token: it becomes the previous one, a successor the current
  kRepeat,  // the previous token, its successor never used: the answer got lost; the same successor again
  kReused,  // an older token: a copy is at large, the device has to end
  kIdle,    // not used for kRefreshIdleLimit
};

// Of a token of this device's family, presented at `now`.
RefreshVerdict JudgeRefresh(const RefreshState& state, absl::string_view presented_hash, absl::Time now);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_RULES_REFRESH_TOKEN_H_
