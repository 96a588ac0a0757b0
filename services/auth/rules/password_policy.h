// What may be a password: long enough and not one that everybody tries first (NIST SP 800-63B §5.1.1). There
// are no composition rules. Pure; thread-safe.
#ifndef PARLOR_SERVICES_AUTH_RULES_PASSWORD_POLICY_H_
#define PARLOR_SERVICES_AUTH_RULES_PASSWORD_POLICY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::auth {

inline constexpr int kMinPasswordCharacters = 8;  // code points
inline constexpr int kMaxPasswordCharacters = 128;

// The form in which a password is hashed, so that it is the same one however a keyboard composes its
// characters: NFC, every Unicode space as U+0020 (RFC 8265 OpaqueString). INVALID_ARGUMENT for invalid UTF-8,
// control characters, and what is longer than any password may be. Every password that arrives goes through
// here.
absl::StatusOr<std::string> PreparePassword(absl::string_view input);

// For a new password; `prepared` came from PreparePassword, `canonical_name` is the account's.
// INVALID_ARGUMENT names the rule that is broken: length, equal to the name, or on the list of the most
// common ones, both in any capitalisation.
absl::Status CheckNewPassword(absl::string_view prepared, absl::string_view canonical_name);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_RULES_PASSWORD_POLICY_H_
