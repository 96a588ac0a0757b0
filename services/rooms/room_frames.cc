#include "services/rooms/room_frames.h"

#include <utility>

#include "services/rooms/seat_details.h"

namespace parlor::rooms {
namespace {

using Kind = v1::MemberChange;

SharedFrame MemberFrame(const live::Seat& seat, v1::MemberChange::Kind kind, const std::string& by = "") {
  auto frame = std::make_shared<v1::EnterRoomResponse>();
  v1::MemberChange& change = *frame->mutable_member();
  change.set_kind(kind);
  *change.mutable_member() = MemberMessage(seat);
  change.set_by(by);
  return frame;
}

// A role that changes lowers the hand, and says so: the frame shows both.
std::vector<SharedFrame> FramesForUpdate(const live::Change& change) {
  const SeatDetails before = DecodeSeatDetails(change.previous_details);
  const SeatDetails after = DecodeSeatDetails(change.seat.details);
  if (before.role != after.role) return {MemberFrame(change.seat, Kind::KIND_ROLE, after.by)};
  if (before.hand_raised != after.hand_raised) return {MemberFrame(change.seat, Kind::KIND_HAND)};
  return {};
}

std::vector<SharedFrame> FramesForRemoval(const live::Seat& seat, absl::string_view note) {
  const Removal removal = DecodeRemoval(note);
  switch (removal.why) {
    case Removal::Why::kKicked:
      return {MemberFrame(seat, Kind::KIND_KICKED, removal.by), RoomEventFrame(removal.event)};
    case Removal::Why::kBanned:
      return {MemberFrame(seat, Kind::KIND_BANNED, removal.by), RoomEventFrame(removal.event)};
  }
  return {};
}

std::vector<SharedFrame> FramesForLeaving(const live::Change& change) {
  if (change.leaving != live::Leaving::kEvicted) return {MemberFrame(change.seat, Kind::KIND_LEFT)};
  return FramesForRemoval(change.seat, change.note);
}

}  // namespace

v1::Room RoomMessage(const Room& room, size_t members) {
  v1::Room message;
  message.set_name(room.name);
  message.set_id(room.id);
  message.set_topic(room.topic);
  message.set_access(static_cast<v1::Access>(room.access));
  message.set_stage(room.stage);
  message.set_members(static_cast<uint32_t>(members));
  message.set_capacity(room.capacity);
  message.set_owner(room.owner);
  message.set_created_ms(absl::ToUnixMillis(room.created));
  return message;
}

v1::Member MemberMessage(const live::Seat& seat) {
  const SeatDetails details = DecodeSeatDetails(seat.details);
  v1::Member message;
  message.set_user(seat.user);
  message.set_device(seat.device);
  message.set_role(RoleMessage(details.role));
  message.set_hand_raised(details.hand_raised);
  message.set_reconnecting(seat.state == live::SeatState::kReconnecting);
  message.set_since_ms(absl::ToUnixMillis(seat.claimed_since));
  return message;
}

v1::Role RoleMessage(Role role) {
  return static_cast<v1::Role>(role);
}

absl::StatusOr<Access> AccessOf(v1::Access access) {
  switch (access) {
    case v1::ACCESS_UNSPECIFIED:
    case v1::ACCESS_OPEN:
      return Access::kOpen;
    case v1::ACCESS_INVITE:
      return Access::kInvite;
    case v1::ACCESS_PASSWORD:
      return Access::kPassword;
    default:
      return absl::InvalidArgumentError("access has to be open, by invitation or by password");
  }
}

absl::StatusOr<Role> RoleOf(v1::Role role) {
  switch (role) {
    case v1::ROLE_LISTENER:
      return Role::kListener;
    case v1::ROLE_SPEAKER:
      return Role::kSpeaker;
    case v1::ROLE_MODERATOR:
      return Role::kModerator;
    default:
      return absl::InvalidArgumentError("role has to be listener, speaker or moderator");
  }
}

v1::EnterRoomResponse TicketFrame(const Ticket& ticket, Role role) {
  v1::EnterRoomResponse frame;
  frame.mutable_ticket()->set_ticket(ticket.token);
  frame.mutable_ticket()->set_ticket_expires_ms(absl::ToUnixMillis(ticket.expires));
  frame.mutable_ticket()->set_role(RoleMessage(role));
  return frame;
}

SharedFrame RoomChangeFrame(const Room& room, size_t members, bool closed) {
  auto frame = std::make_shared<v1::EnterRoomResponse>();
  *frame->mutable_room()->mutable_room() = RoomMessage(room, members);
  frame->mutable_room()->set_closed(closed);
  return frame;
}

SharedFrame RoomEventFrame(const std::string& token) {
  auto frame = std::make_shared<v1::EnterRoomResponse>();
  frame->mutable_event()->set_token(token);
  return frame;
}

std::vector<SharedFrame> FramesForTheRemoved(const std::string& user, absl::string_view note) {
  live::Seat seat;
  seat.user = user;
  return FramesForRemoval(seat, note);
}

std::vector<SharedFrame> FramesFor(const live::Change& change) {
  switch (change.kind) {
    case live::ChangeKind::kJoined:
    case live::ChangeKind::kMoved:
      return {MemberFrame(change.seat, Kind::KIND_JOINED)};
    case live::ChangeKind::kReturned:
      // Over its own older stream nobody has seen it go.
      if (change.previous != live::SeatState::kReconnecting) return {};
      return {MemberFrame(change.seat, Kind::KIND_BACK)};
    case live::ChangeKind::kUpdated:
      return FramesForUpdate(change);
    case live::ChangeKind::kReconnecting:
      return {MemberFrame(change.seat, Kind::KIND_RECONNECTING)};
    case live::ChangeKind::kLeft:
      return FramesForLeaving(change);
    case live::ChangeKind::kKept:
      return {};
  }
  return {};
}

}  // namespace parlor::rooms
