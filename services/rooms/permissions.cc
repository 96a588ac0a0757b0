#include "services/rooms/permissions.h"

#include <cstddef>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace parlor::rooms {
namespace {

struct Permission {
  Action action;
  Rank least;            // who may: from this rank on
  bool on_stages_only;   // means nothing elsewhere
  bool spares_superior;  // not on the owner, and on a moderator only by the owner
  const char* verb;
};

constexpr Permission kPermissions[] = {
    {Action::kRaiseHand, Rank::kNewcomer, true, false, "raise a hand"},
    {Action::kSetTopic, Rank::kModerator, false, false, "change the topic"},
    {Action::kInvite, Rank::kModerator, false, false, "invite"},
    {Action::kKick, Rank::kModerator, false, true, "kick"},
    {Action::kBan, Rank::kModerator, false, true, "ban"},
    {Action::kUnban, Rank::kModerator, false, false, "lift a ban"},
    {Action::kSetRole, Rank::kModerator, false, true, "change roles"},
    {Action::kClose, Rank::kOwner, false, false, "close the room"},
};

constexpr const Permission& PermissionFor(Action action) {
  return kPermissions[static_cast<size_t>(action)];
}

constexpr bool TableIsInOrder() {
  for (size_t i = 0; i < std::size(kPermissions); ++i) {
    if (kPermissions[i].action != static_cast<Action>(i)) return false;
  }
  return true;
}
static_assert(TableIsInOrder());

const char* Whom(Rank least) {
  switch (least) {
    case Rank::kOwner:
      return "the owner";
    case Rank::kModerator:
      return "moderators";
    default:
      return "people who are not banned";
  }
}

}  // namespace

Rank RankOf(const Room& room, absl::string_view user, const Standing& standing) {
  if (room.owner == user) return Rank::kOwner;
  if (standing.banned) return Rank::kBanned;
  if (!standing.role.has_value()) return Rank::kNewcomer;
  switch (*standing.role) {
    case Role::kListener:
      return Rank::kListener;
    case Role::kSpeaker:
      return Rank::kSpeaker;
    case Role::kModerator:
      return Rank::kModerator;
  }
  return Rank::kNewcomer;
}

Role RoleOf(const Room& room, absl::string_view user, const Standing& standing) {
  if (room.owner == user) return Role::kModerator;
  return standing.role.value_or(room.stage ? Role::kListener : Role::kSpeaker);
}

absl::Status CheckMay(Action action, const Room& room, Rank actor) {
  const Permission& permission = PermissionFor(action);
  if (actor < permission.least) {
    return absl::PermissionDeniedError(
        absl::StrCat("only ", Whom(permission.least), " of #", room.name, " may ", permission.verb));
  }
  if (permission.on_stages_only && !room.stage) {
    return absl::FailedPreconditionError(absl::StrCat("#", room.name, " is no stage: everybody may speak"));
  }
  return absl::OkStatus();
}

absl::Status CheckMayActOn(Action action, const Room& room, const Pair& who) {
  PARLOR_RETURN_IF_ERROR(CheckMay(action, room, who.actor));
  const Permission& permission = PermissionFor(action);
  if (who.same_person) {
    return absl::InvalidArgumentError(
        absl::StrCat("you cannot ", permission.verb, " yourself: name another person"));
  }
  if (!permission.spares_superior || who.target < Rank::kModerator) return absl::OkStatus();
  if (who.target == Rank::kOwner) {
    return absl::PermissionDeniedError(
        absl::StrCat("the owner of #", room.name, " cannot be removed or given another role"));
  }
  if (who.actor != Rank::kOwner) {
    return absl::PermissionDeniedError(
        absl::StrCat("only the owner of #", room.name, " may do this to a moderator"));
  }
  return absl::OkStatus();
}

absl::Status CheckMaySetRole(const Room& room, const Pair& who, Role role) {
  if (role == Role::kListener && !room.stage) {
    PARLOR_RETURN_IF_ERROR(CheckMay(Action::kSetRole, room, who.actor));
    return absl::FailedPreconditionError(absl::StrCat("#", room.name, " is no stage: it has no listeners"));
  }
  if (!who.same_person) return CheckMayActOn(Action::kSetRole, room, who);
  if (who.actor == Rank::kOwner) {
    return absl::PermissionDeniedError("an owner stays a moderator: close the room to give it up");
  }
  return CheckMay(Action::kSetRole, room, who.actor);
}

}  // namespace parlor::rooms
