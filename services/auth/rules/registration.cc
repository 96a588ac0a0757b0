#include "services/auth/rules/registration.h"

#include "absl/strings/str_cat.h"

namespace parlor::auth {

absl::string_view ToString(RegistrationMode mode) {
  switch (mode) {
    case RegistrationMode::kOpen:
      return "open";
    case RegistrationMode::kInvite:
      return "invite";
    case RegistrationMode::kClosed:
      return "closed";
  }
  return "closed";
}

absl::StatusOr<RegistrationMode> ParseRegistrationMode(absl::string_view text) {
  for (const RegistrationMode mode :
       {RegistrationMode::kOpen, RegistrationMode::kInvite, RegistrationMode::kClosed}) {
    if (text == ToString(mode)) return mode;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("registration is open, invite or closed, not \"", text, "\""));
}

}  // namespace parlor::auth
