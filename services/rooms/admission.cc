#include "services/rooms/admission.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace parlor::rooms {
namespace {

bool IsKnown(const Room& room, absl::string_view user, const Standing& standing) {
  return room.owner == user || standing.role.has_value() || standing.invited;
}

}  // namespace

bool MaySee(const Room& room, absl::string_view user, const Standing& standing) {
  return room.access != Access::kInvite || standing.banned || IsKnown(room, user, standing);
}

absl::Status NoSuchRoom(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("there is no room #", name,
                                          " that you may enter: check its name, or ask for an invitation"));
}

absl::Status CheckMayEnter(const Room& room, absl::string_view user, const Standing& standing,
                           absl::Time now) {
  if (!MaySee(room, user, standing)) return NoSuchRoom(room.name);
  if (standing.banned) {
    return absl::PermissionDeniedError(
        absl::StrCat("you are banned from #", room.name, ": a moderator may lift the ban"));
  }
  if (now < standing.held_until) {
    const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(standing.held_until - now, absl::Seconds(1)));
    return absl::PermissionDeniedError(absl::StrCat("you were kicked from #", room.name, ": come back in ",
                                                    seconds, " s, or ask a moderator for an invitation"));
  }
  return absl::OkStatus();
}

bool MustGivePassword(const Room& room, absl::string_view user, const Standing& standing) {
  return room.access == Access::kPassword && !IsKnown(room, user, standing);
}

}  // namespace parlor::rooms
