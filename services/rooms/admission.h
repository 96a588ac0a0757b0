// Who is let into a room, and who may know that it exists. Pure; thread-safe.
#ifndef PARLOR_SERVICES_ROOMS_ADMISSION_H_
#define PARLOR_SERVICES_ROOMS_ADMISSION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/rooms/room.h"

namespace parlor::rooms {

// Everybody may see open and password rooms. A room by invitation is seen by its owner, by those who were
// given a role or an invitation, and by those who were banned from it: they know it already.
bool MaySee(const Room& room, absl::string_view user, const Standing& standing);

// The answer for rooms that are not there and for those that the caller may not see: nobody can tell which.
absl::Status NoSuchRoom(absl::string_view name);

// Everything but the password and the number of members. NOT_FOUND (see MaySee), PERMISSION_DENIED for the
// banned, and for the kicked until their hold ends.
absl::Status CheckMayEnter(const Room& room, absl::string_view user, const Standing& standing,
                           absl::Time now);

// A password room asks newcomers only: those who were invited or given a role are known to a moderator.
bool MustGivePassword(const Room& room, absl::string_view user, const Standing& standing);

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ADMISSION_H_
