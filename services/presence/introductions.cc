#include "services/presence/introductions.h"

#include "absl/strings/str_cat.h"
#include "base/crypto/jwt.h"
#include "base/status.h"
#include "nlohmann/json.hpp"

namespace parlor::presence {
namespace {

// Rooms and presence may run on different machines.
constexpr absl::Duration kClockDifference = absl::Seconds(2);

absl::Status ExpectClaim(const nlohmann::json& claims, const char* name, absl::string_view expected) {
  PARLOR_ASSIGN_OR_RETURN(const std::string value, StringClaim(claims, name));
  if (value == expected) return absl::OkStatus();
  return absl::PermissionDeniedError("it was made for somebody else");
}

}  // namespace

absl::Status Introductions::Check(absl::string_view token, const service::Caller& caller,
                                  absl::string_view target, absl::Time now) const {
  const auto check = [&]() -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json claims, VerifyJwt(token, kIntroductionType, *keys_->Get(),
                                                                   issuer_, now, kClockDifference));
    PARLOR_RETURN_IF_ERROR(TimeClaim(claims, "exp").status());  // one that never ends is none
    PARLOR_RETURN_IF_ERROR(ExpectClaim(claims, "sub", caller.user));
    PARLOR_RETURN_IF_ERROR(ExpectClaim(claims, "dev", caller.device));
    return ExpectClaim(claims, "tgt", target);
  };
  const absl::Status status = check();
  if (status.ok()) return status;
  return absl::PermissionDeniedError(
      absl::StrCat("the introduction does not count (", status.message(), "): ask rooms for a fresh one"));
}

}  // namespace parlor::presence
