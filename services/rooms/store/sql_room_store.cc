#include "services/rooms/store/sql_room_store.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "services/rooms/room_fields.h"
#include "services/rooms/store/room_sql.h"

namespace parlor::rooms {
namespace {

int64_t ToMillis(absl::Time time) {
  return time == absl::InfinitePast() ? 0 : absl::ToUnixMillis(time);
}

absl::Time FromMillis(int64_t millis) {
  return millis == 0 ? absl::InfinitePast() : absl::FromUnixMillis(millis);
}

std::string SearchText(absl::string_view name, absl::string_view topic) {
  return FoldForSearch(absl::StrCat(name, "\n", topic));
}

std::string OwnerLock(absl::string_view owner) {
  return absl::StrCat("rooms of ", owner);
}
std::string RoomLock(absl::string_view room_id) {
  return absl::StrCat("room ", room_id);
}

Standing StandingOf(const SqlResult& result) {
  Standing standing;
  if (result.Int(0, 0) != 0) standing.role = static_cast<Role>(result.Int(0, 0));
  standing.banned = result.Int(0, 1) != 0;
  standing.invited = result.Int(0, 2) != 0;
  standing.held_until = FromMillis(result.Int(0, 3));
  standing.removed_at = FromMillis(result.Int(0, 4));
  return standing;
}

absl::Status RoomIsGone() {
  return absl::NotFoundError("the room was closed");
}

// NOT_FOUND when the room is gone. Keeps others from changing its standings until the transaction ends.
absl::Status LockRoom(SqlTransaction& transaction, absl::string_view room_id) {
  PARLOR_RETURN_IF_ERROR(transaction.Lock(RoomLock(room_id)));
  PARLOR_ASSIGN_OR_RETURN(const SqlResult room, transaction.Run(sql::kNameOfRoom, {std::string(room_id)}));
  return room.rows.empty() ? RoomIsGone() : absl::OkStatus();
}

// Sees to it that the person has a row in `standings`.
absl::Status EnsureStanding(SqlTransaction& transaction, absl::string_view room_id, absl::string_view user) {
  return transaction.Run(sql::kEnsureStanding, {std::string(room_id), std::string(user)}).status();
}

absl::Status EnsureStandingWithin(SqlTransaction& transaction, absl::string_view room_id,
                                  absl::string_view user, size_t max_standings) {
  PARLOR_RETURN_IF_ERROR(LockRoom(transaction, room_id));
  PARLOR_ASSIGN_OR_RETURN(const SqlResult others,
                          transaction.Run(sql::kCountStandings, {std::string(room_id), std::string(user)}));
  if (others.Int(0, 0) >= static_cast<int64_t>(max_standings)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a room keeps at most ", max_standings, " invitations, roles and bans: lift old bans"));
  }
  return EnsureStanding(transaction, room_id, user);
}

absl::Status ForgetEndedRemovals(SqlTransaction& transaction, absl::string_view room_id, absl::Time now) {
  return transaction.Run(sql::kForgetEndedRemovals, {std::string(room_id), ToMillis(now)}).status();
}

}  // namespace

absl::Status SqlRoomStore::Create(const Room& room, absl::string_view skeleton, size_t max_owned) {
  return database_->Write([&](SqlTransaction& transaction) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(transaction.Lock(OwnerLock(room.owner)));
    PARLOR_ASSIGN_OR_RETURN(const SqlResult owned, transaction.Run(sql::kCountOwned, {room.owner}));
    if (owned.Int(0, 0) >= static_cast<int64_t>(max_owned)) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "you own ", max_owned, " rooms already, the most that one person may: close one first"));
    }
    PARLOR_ASSIGN_OR_RETURN(
        const SqlResult inserted,
        transaction.Run(
            sql::kInsertRoom,
            {room.id, room.name, std::string(skeleton), SearchText(room.name, room.topic), room.topic,
             static_cast<int64_t>(room.access), room.password_hash, int64_t{room.stage},
             int64_t{room.capacity}, room.owner, absl::ToUnixMillis(room.created)}));
    if (inserted.changes == 0) {
      return absl::AlreadyExistsError(absl::StrCat("a room with the name #", room.name,
                                                   ", or one that looks like it, exists: choose another"));
    }
    return RecordRoomChange(transaction, room.id);
  });
}

absl::StatusOr<Room> SqlRoomStore::Find(absl::string_view name) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found, database_->ReadOne(sql::kFindRoom, {std::string(name)}));
  if (found.rows.empty()) return absl::NotFoundError(absl::StrCat("there is no room #", name));
  Room room = RoomOf(found, 0);
  room.password_hash = found.Text(0, 8);
  return room;
}

absl::Status SqlRoomStore::SetTopic(absl::string_view room_id, absl::string_view topic) {
  return database_->Write([&](SqlTransaction& transaction) -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(const SqlResult room, transaction.Run(sql::kNameOfRoom, {std::string(room_id)}));
    if (room.rows.empty()) return RoomIsGone();
    PARLOR_ASSIGN_OR_RETURN(
        const SqlResult updated,
        transaction.Run(sql::kSetTopic,
                        {std::string(topic), SearchText(room.Text(0, 0), topic), std::string(room_id)}));
    return updated.changes == 0 ? RoomIsGone() : RecordRoomChange(transaction, room_id);
  });
}

absl::Status SqlRoomStore::Remove(absl::string_view room_id) {
  return database_->Write([&](SqlTransaction& transaction) -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(const SqlResult removed,
                            transaction.Run(sql::kRemoveRoom, {std::string(room_id)}));
    return removed.changes == 0 ? RoomIsGone() : RecordRoomChange(transaction, room_id);
  });
}

absl::StatusOr<Standing> SqlRoomStore::FindStanding(absl::string_view room_id, absl::string_view user) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found,
                          database_->ReadOne(sql::kFindStanding, {std::string(room_id), std::string(user)}));
  return found.rows.empty() ? Standing{} : StandingOf(found);
}

absl::Status SqlRoomStore::SetRole(absl::string_view room_id, absl::string_view user, Role role,
                                   size_t max_standings) {
  return database_->Write([&](SqlTransaction& transaction) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(EnsureStandingWithin(transaction, room_id, user, max_standings));
    PARLOR_RETURN_IF_ERROR(
        transaction.Run(sql::kSetRole, {static_cast<int64_t>(role), std::string(room_id), std::string(user)})
            .status());
    return RecordGuestChange(transaction, room_id, user);
  });
}

absl::Status SqlRoomStore::Invite(absl::string_view room_id, absl::string_view user, size_t max_standings) {
  return database_->Write([&](SqlTransaction& transaction) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(EnsureStandingWithin(transaction, room_id, user, max_standings));
    PARLOR_RETURN_IF_ERROR(transaction.Run(sql::kInvite, {std::string(room_id), std::string(user)}).status());
    return RecordGuestChange(transaction, room_id, user);
  });
}

absl::Status SqlRoomStore::Ban(absl::string_view room_id, absl::string_view user, absl::Time at,
                               size_t max_standings) {
  return database_->Write([&](SqlTransaction& transaction) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(ForgetEndedRemovals(transaction, room_id, at));
    PARLOR_RETURN_IF_ERROR(EnsureStandingWithin(transaction, room_id, user, max_standings));
    PARLOR_RETURN_IF_ERROR(
        transaction.Run(sql::kBan, {ToMillis(at), std::string(room_id), std::string(user)}).status());
    return RecordGuestChange(transaction, room_id, user);
  });
}

absl::Status SqlRoomStore::Unban(absl::string_view room_id, absl::string_view user) {
  return database_->Write([&](SqlTransaction& transaction) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(LockRoom(transaction, room_id));
    PARLOR_RETURN_IF_ERROR(transaction.Run(sql::kUnban, {std::string(room_id), std::string(user)}).status());
    return RecordGuestChange(transaction, room_id, user);
  });
}

absl::Status SqlRoomStore::Kick(absl::string_view room_id, absl::string_view user, absl::Time at,
                                absl::Time held_until) {
  return database_->Write([&](SqlTransaction& transaction) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(LockRoom(transaction, room_id));
    PARLOR_RETURN_IF_ERROR(ForgetEndedRemovals(transaction, room_id, at));
    PARLOR_RETURN_IF_ERROR(EnsureStanding(transaction, room_id, user));
    return transaction
        .Run(sql::kKick, {ToMillis(at), ToMillis(held_until), std::string(room_id), std::string(user)})
        .status();
  });
}

}  // namespace parlor::rooms
