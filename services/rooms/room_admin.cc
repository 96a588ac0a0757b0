#include "services/rooms/room_admin.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text/names.h"
#include "base/text/text.h"
#include "services/common/live/await.h"
#include "services/rooms/admission.h"
#include "services/rooms/room_fields.h"
#include "services/rooms/room_page.h"
#include "services/rooms/seat_details.h"

namespace parlor::rooms {
RoomAdmin::RoomAdmin(const RoomsParts& parts, const RoomLimits& limits, const RoomPasswordCost& cost,
                     RoomsHub* hub)
    : parts_(parts),
      limits_(limits),
      cost_(cost),
      hub_(hub),
      creations_({.per_second = limits.creations_per_hour / 3600.0,
                  .burst = static_cast<double>(limits.creations_per_hour)}),
      changes_({.per_second = limits.changes_per_minute / 60.0,
                .burst = static_cast<double>(limits.changes_per_minute)}) {}

absl::StatusOr<Room> RoomAdmin::NewRoom(const std::string& actor, const v1::CreateRoomRequest& request) {
  Room room;
  PARLOR_ASSIGN_OR_RETURN(room.name, RoomNameField(request.name()));
  PARLOR_ASSIGN_OR_RETURN(room.topic, TopicField(request.topic()));
  PARLOR_ASSIGN_OR_RETURN(room.access, AccessOf(request.access()));
  PARLOR_ASSIGN_OR_RETURN(room.capacity, CapacityField(request.capacity(), limits_));
  if (room.access == Access::kPassword) {
    PARLOR_RETURN_IF_ERROR(CheckPasswordField(request.password()));
  } else if (!request.password().empty()) {
    return absl::InvalidArgumentError("only rooms whose access is by password have one");
  }
  room.id = RandomId();
  room.stage = request.stage();
  room.owner = actor;
  room.created = parts_.clock->Now();
  return room;
}

absl::StatusOr<v1::Room> RoomAdmin::Create(const std::string& actor, const v1::CreateRoomRequest& request) {
  PARLOR_ASSIGN_OR_RETURN(Room room, NewRoom(actor, request));
  PARLOR_ASSIGN_OR_RETURN(const Name name, ParseRoomName(request.name()));
  PARLOR_RETURN_IF_ERROR(creations_.Check(actor, parts_.clock->Now(), "you create rooms too often"));
  if (parts_.catalogue->size() >= limits_.max_rooms) {
    return absl::ResourceExhaustedError(
        absl::StrCat("this server has ", limits_.max_rooms,
                     " rooms, the most that it may: ask those who run it for more (--max-rooms)"));
  }
  if (room.access == Access::kPassword) {
    PARLOR_ASSIGN_OR_RETURN(room.password_hash, HashRoomPassword(request.password(), cost_));
  }
  PARLOR_RETURN_IF_ERROR(parts_.store->Create(room, name.skeleton, limits_.max_owned));
  hub_->ListHasChanged();
  return RoomMessage(room, 0);
}

absl::StatusOr<std::string> RoomAdmin::List(const std::string& actor, const v1::ListRoomsRequest& request) {
  RoomQuery query;
  query.viewer = actor;
  if (CountCharacters(request.query()) > kMaxTopicCharacters) {
    return absl::InvalidArgumentError(absl::StrCat("query has at most ", kMaxTopicCharacters, " characters"));
  }
  query.search = FoldForSearch(request.query());
  PARLOR_ASSIGN_OR_RETURN(query.after, PageTokenField(request.page_token()));
  PARLOR_ASSIGN_OR_RETURN(const size_t limit, PageSizeField(request.page_size()));
  // One more than asked for tells whether there is another page.
  query.limit = limit + 1;
  std::vector<ListingPtr> listings = parts_.catalogue->List(std::move(query));
  const bool more = listings.size() > limit;
  if (more) listings.resize(limit);
  std::vector<absl::string_view> ids;
  for (const ListingPtr& listing : listings) ids.push_back(listing->room.id);
  const std::vector<size_t> members = parts_.directory->Count(ids);
  RoomPage page;
  for (size_t i = 0; i < listings.size(); ++i) page.Add(listings[i]->wire, members[i]);
  page.SetAge(parts_.directory->Age());
  if (more) page.SetNext(PageToken(listings.back()->room.name));
  return page.Take();
}

absl::StatusOr<RoomAdmin::View> RoomAdmin::Look(const std::string& actor, absl::string_view room_name) {
  absl::StatusOr<Room> room = parts_.store->Find(room_name);
  if (absl::IsNotFound(room.status())) return NoSuchRoom(room_name);
  PARLOR_RETURN_IF_ERROR(room.status());
  View view;
  view.room = *std::move(room);
  PARLOR_ASSIGN_OR_RETURN(view.standing, parts_.store->FindStanding(view.room.id, actor));
  if (!MaySee(view.room, actor, view.standing)) return NoSuchRoom(room_name);
  view.rank = RankOf(view.room, actor, view.standing);
  return view;
}

absl::Status RoomAdmin::InRoom(const std::string& actor, absl::string_view room_name, const Change& change) {
  PARLOR_ASSIGN_OR_RETURN(const std::string name, RoomNameField(room_name));
  PARLOR_RETURN_IF_ERROR(changes_.Check(actor, parts_.clock->Now(), "you change rooms too often"));
  PARLOR_ASSIGN_OR_RETURN(const View view, Look(actor, name));
  PARLOR_RETURN_IF_ERROR(change(view));
  hub_->ListHasChanged();
  return absl::OkStatus();
}

absl::Status RoomAdmin::ActOn(const std::string& actor, absl::string_view room_name, absl::string_view user,
                              const ChangeOf& change) {
  Target target;
  PARLOR_ASSIGN_OR_RETURN(target.user, UserNameField(user));
  return InRoom(actor, room_name, [&](const View& view) -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(target.standing, parts_.store->FindStanding(view.room.id, target.user));
    target.who = {view.rank, RankOf(view.room, target.user, target.standing), actor == target.user};
    return change(view, target);
  });
}

absl::Status RoomAdmin::SetTopic(const std::string& actor, absl::string_view room, absl::string_view topic) {
  PARLOR_ASSIGN_OR_RETURN(const std::string line, TopicField(topic));
  return InRoom(actor, room, [&](const View& view) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(CheckMay(Action::kSetTopic, view.room, view.rank));
    return parts_.store->SetTopic(view.room.id, line);
  });
}

absl::Status RoomAdmin::Invite(const std::string& actor, absl::string_view room, absl::string_view user) {
  return ActOn(actor, room, user, [&](const View& view, const Target& target) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(CheckMayActOn(Action::kInvite, view.room, target.who));
    if (target.standing.banned) {
      return absl::FailedPreconditionError(
          absl::StrCat(target.user, " is banned from #", view.room.name, ": lift the ban first"));
    }
    return parts_.store->Invite(view.room.id, target.user, limits_.max_standings);
  });
}

absl::Status RoomAdmin::Kick(const std::string& actor, absl::string_view room, absl::string_view user) {
  return ActOn(actor, room, user, [&](const View& view, const Target& target) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(CheckMayActOn(Action::kKick, view.room, target.who));
    if (!parts_.directory->Find(view.room.id, target.user).has_value()) {
      return absl::FailedPreconditionError(
          absl::StrCat(target.user, " is not in #", view.room.name, ": a ban keeps people out"));
    }
    const absl::Time now = parts_.clock->Now();
    PARLOR_RETURN_IF_ERROR(parts_.store->Kick(view.room.id, target.user, now, now + limits_.kick_hold));
    return Remove(actor, view.room, target.user, TicketOffice::Act::kKicked, now);
  });
}

absl::Status RoomAdmin::Ban(const std::string& actor, absl::string_view room, absl::string_view user) {
  return ActOn(actor, room, user, [&](const View& view, const Target& target) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(CheckMayActOn(Action::kBan, view.room, target.who));
    const absl::Time now = parts_.clock->Now();
    PARLOR_RETURN_IF_ERROR(parts_.store->Ban(view.room.id, target.user, now, limits_.max_standings));
    return Remove(actor, view.room, target.user, TicketOffice::Act::kBanned, now);
  });
}

absl::Status RoomAdmin::Remove(const std::string& actor, const Room& room, const std::string& user,
                               TicketOffice::Act act, absl::Time at) {
  Removal removal;
  removal.why = act == TicketOffice::Act::kKicked ? Removal::Why::kKicked : Removal::Why::kBanned;
  removal.by = actor;
  removal.event = parts_.tickets->MakeRoomEvent(room.id, act, user, at);
  // Whoever has left already may still hold a ticket: the members hear of the removal in any case.
  const absl::Status evicted = live::Await([&](live::Directory::Done done) {
    parts_.directory->Evict(room.id, user, EncodeRemoval(removal), at, std::move(done));
  });
  if (!absl::IsNotFound(evicted)) return evicted;
  hub_->TellEvent(room.id, removal.event);
  return absl::OkStatus();
}

absl::Status RoomAdmin::Unban(const std::string& actor, absl::string_view room, absl::string_view user) {
  return ActOn(actor, room, user, [&](const View& view, const Target& target) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(CheckMayActOn(Action::kUnban, view.room, target.who));
    return parts_.store->Unban(view.room.id, target.user);
  });
}

absl::Status RoomAdmin::SetRole(const std::string& actor, absl::string_view room, absl::string_view user,
                                Role role) {
  return ActOn(actor, room, user, [&](const View& view, const Target& target) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(CheckMaySetRole(view.room, target.who, role));
    if (target.standing.banned) {
      return absl::FailedPreconditionError(
          absl::StrCat(target.user, " is banned from #", view.room.name, ": lift the ban first"));
    }
    PARLOR_RETURN_IF_ERROR(parts_.store->SetRole(view.room.id, target.user, role, limits_.max_standings));
    return hub_->ShowRole(view.room, target.user, actor);
  });
}

absl::Status RoomAdmin::RaiseHand(const std::string& actor, absl::string_view room, bool raised) {
  return InRoom(actor, room, [&](const View& view) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(CheckMay(Action::kRaiseHand, view.room, view.rank));
    const std::optional<live::Seat> seat = parts_.directory->Find(view.room.id, actor);
    if (!seat.has_value()) {
      return absl::FailedPreconditionError(absl::StrCat("enter #", view.room.name, " first"));
    }
    if (raised && DecodeSeatDetails(seat->details).role != Role::kListener) {
      return absl::FailedPreconditionError(absl::StrCat("you may speak in #", view.room.name, " already"));
    }
    const auto edit = [raised](const std::string& text) -> std::optional<std::string> {
      SeatDetails details = DecodeSeatDetails(text);
      if (details.hand_raised == raised || details.role != Role::kListener) return std::nullopt;
      details.hand_raised = raised;
      return EncodeSeatDetails(details);
    };
    return live::Await([&](live::Directory::Done done) {
      parts_.directory->Edit(view.room.id, actor, edit, parts_.clock->Now(), std::move(done));
    });
  });
}

absl::Status RoomAdmin::Close(const std::string& actor, absl::string_view room) {
  return InRoom(actor, room, [&](const View& view) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(CheckMay(Action::kClose, view.room, view.rank));
    return parts_.store->Remove(view.room.id);
  });
}

}  // namespace parlor::rooms
