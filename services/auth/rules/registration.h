// Who may make an account. Pure; thread-safe.
#ifndef PARLOR_SERVICES_AUTH_RULES_REGISTRATION_H_
#define PARLOR_SERVICES_AUTH_RULES_REGISTRATION_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::auth {

enum class RegistrationMode {
  kOpen,    // anybody
  kInvite,  // whoever has an invitation that is not used up
  kClosed,  // nobody
};

// "open", "invite", "closed".
absl::string_view ToString(RegistrationMode mode);
absl::StatusOr<RegistrationMode> ParseRegistrationMode(absl::string_view text);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_RULES_REGISTRATION_H_
