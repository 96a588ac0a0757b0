// The passwords of common_passwords.txt, which the build compiles in.
#ifndef PARLOR_SERVICES_AUTH_RULES_COMMON_PASSWORDS_H_
#define PARLOR_SERVICES_AUTH_RULES_COMMON_PASSWORDS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace parlor::auth {

// Case-folded, in NFC, in no particular order. Set while the program loads.
extern const absl::Span<const absl::string_view> kCommonPasswords;

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_RULES_COMMON_PASSWORDS_H_
