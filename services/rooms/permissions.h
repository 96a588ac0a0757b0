// Who may do what in a room: one table by rank, and what the kind of room and the other person add to it.
// Pure; thread-safe.
#ifndef PARLOR_SERVICES_ROOMS_PERMISSIONS_H_
#define PARLOR_SERVICES_ROOMS_PERMISSIONS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/rooms/room.h"

namespace parlor::rooms {

enum class Action { kRaiseHand, kSetTopic, kInvite, kKick, kBan, kUnban, kSetRole, kClose };

// In rising order. Everybody whom no moderator gave a role is a newcomer, present or not.
enum class Rank { kBanned, kNewcomer, kListener, kSpeaker, kModerator, kOwner };

Rank RankOf(const Room& room, absl::string_view user, const Standing& standing);

// The role with which somebody is in the room: what a moderator gave; the owner moderates; a newcomer
// listens on a stage and speaks elsewhere.
Role RoleOf(const Room& room, absl::string_view user, const Standing& standing);

// PERMISSION_DENIED with who may, FAILED_PRECONDITION when the room is not of the kind.
absl::Status CheckMay(Action action, const Room& room, Rank actor);

// How the one who acts and the one who is acted on stand to the room.
struct Pair {
  Rank actor;
  Rank target;
  bool same_person = false;
};

// CheckMay about another person: nobody removes the owner or changes their role, a moderator only the owner
// does, and nobody kicks, bans or invites themselves.
absl::Status CheckMayActOn(Action action, const Room& room, const Pair& who);

// CheckMayActOn for kSetRole. Moderators may also step down themselves, and only a stage has listeners.
absl::Status CheckMaySetRole(const Room& room, const Pair& who, Role role);

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_PERMISSIONS_H_
