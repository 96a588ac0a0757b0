// The service's values as the messages of parlor.rooms.v1. Pure.
#ifndef PARLOR_SERVICES_ROOMS_ROOM_FRAMES_H_
#define PARLOR_SERVICES_ROOMS_ROOM_FRAMES_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "parlor/rooms/v1/rooms.pb.h"
#include "services/common/live/seat.h"
#include "services/rooms/room.h"
#include "services/rooms/tickets.h"

namespace parlor::rooms {

// One frame for as many streams as there are members.
using SharedFrame = std::shared_ptr<const v1::EnterRoomResponse>;

v1::Room RoomMessage(const Room& room, size_t members);
v1::Member MemberMessage(const live::Seat& seat);
v1::Role RoleMessage(Role role);

// INVALID_ARGUMENT for values that the protocol does not have.
absl::StatusOr<Access> AccessOf(v1::Access access);
absl::StatusOr<Role> RoleOf(v1::Role role);

v1::EnterRoomResponse TicketFrame(const Ticket& ticket, Role role);
SharedFrame RoomChangeFrame(const Room& room, size_t members, bool closed);
SharedFrame RoomEventFrame(const std::string& token);

// What the members of the room are told of a change of its seats, in this order; empty if nothing. Of a room
// that was closed they hear by RoomChange.
std::vector<SharedFrame> FramesFor(const live::Change& change);

// What the one who was removed hears last: by whom, and the event that the others were told.
std::vector<SharedFrame> FramesForTheRemoved(const std::string& user, absl::string_view note);

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOM_FRAMES_H_
