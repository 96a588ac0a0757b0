// FakeServer's rooms: who is in them, tickets, roles and removals.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/crypto/jwt.h"
#include "nlohmann/json.hpp"
#include "tests/client/core/fake_server.h"
#include "tests/client/core/fake_stream.h"

namespace parlor::client {
namespace {

constexpr absl::Duration kTicket = absl::Minutes(10);
constexpr absl::Duration kRenewal = absl::Minutes(5);

const char* RoleName(rooms::v1::Role role) {
  if (role == rooms::v1::ROLE_MODERATOR) return "moderator";
  return role == rooms::v1::ROLE_SPEAKER ? "speaker" : "listener";
}

}  // namespace

rooms::v1::Role FakeServer::RoleOf(FakeRoom& room, const std::string& user) const {
  const auto role = room.roles.find(user);
  if (role != room.roles.end()) return role->second;
  return room.stage ? rooms::v1::ROLE_LISTENER : rooms::v1::ROLE_SPEAKER;
}

std::string FakeServer::Ticket(const std::string& name, FakeRoom& room, const std::string& user,
                               const std::string& device) {
  nlohmann::json claims = {{"iss", server_id_}, {"sub", user},   {"dev", device},
                           {"room", room.id},   {"rname", name}, {"role", RoleName(RoleOf(room, user))},
                           {"x5t", device}};
  SetTimeClaim(claims, "iat", loop_.Now());
  SetTimeClaim(claims, "exp", loop_.Now() + kTicket);
  return SignJwt(rooms_key_, "rooms-1", kTicketType, claims);
}

rooms::v1::Member FakeServer::MemberOf(FakeRoom& room, const std::string& user) {
  rooms::v1::Member member;
  member.set_user(user);
  member.set_device(devices_[user]);
  member.set_role(RoleOf(room, user));
  return member;
}

void FakeServer::TellRoom(FakeRoom& room, const std::string& except,
                          const rooms::v1::EnterRoomResponse& frame) {
  for (auto& [user, stream] : room.members) {
    if (user != except) stream->Reply(frame);
  }
}

void FakeServer::FillSample(FakeRoom& room, const std::string& user, rooms::v1::Entered& entered) {
  std::vector<std::string> others;
  for (const auto& [other, stream] : room.members) {
    if (other != user) others.push_back(other);
  }
  std::shuffle(others.begin(), others.end(), dice_);
  if (others.size() > kSample) others.resize(kSample);
  for (const std::string& other : others) {
    *entered.add_sample() = MemberOf(room, other);
    auto* introduction = entered.add_introductions();
    introduction->set_user(other);
    introduction->set_token(absl::StrCat("introduction:", user, ":", other));
  }
}

void FakeServer::OnEnter(Stream& stream, const rooms::v1::Enter& enter) {
  if (!entering_.ok()) return stream.Close(entering_);
  const auto found = rooms_.find(enter.room());
  if (found == rooms_.end()) return stream.Close(absl::NotFoundError("there is no such room"));
  FakeRoom& room = found->second;
  if (room.banned.contains(stream.user_))
    return stream.Close(absl::PermissionDeniedError("you were removed"));
  if (room.members.size() >= capacity_ && !room.members.contains(stream.user_))
    return stream.Close(absl::ResourceExhaustedError("the room is full"));
  stream.room_ = enter.room();
  const bool again = room.members.contains(stream.user_);
  room.members[stream.user_] = &stream;
  rooms::v1::EnterRoomResponse answer;
  auto* entered = answer.mutable_entered();
  entered->mutable_room()->set_name(stream.room_);
  entered->mutable_room()->set_id(room.id);
  entered->mutable_room()->set_stage(room.stage);
  entered->mutable_room()->set_members(static_cast<uint32_t>(room.members.size()));
  entered->set_role(RoleOf(room, stream.user_));
  entered->set_ticket(Ticket(stream.room_, room, stream.user_, stream.device_));
  entered->set_heartbeat_ms(kHeartbeatMs);
  entered->set_server_time_ms(NowMs());
  FillSample(room, stream.user_, *entered);
  stream.Reply(answer);
  if (again) return;
  rooms::v1::EnterRoomResponse joined;
  joined.mutable_member()->set_kind(rooms::v1::MemberChange::KIND_JOINED);
  *joined.mutable_member()->mutable_member() = MemberOf(room, stream.user_);
  TellRoom(room, stream.user_, joined);
}

rooms::v1::EnterRoomResponse FakeServer::ListMembers(FakeRoom& room, const std::string& after) {
  rooms::v1::EnterRoomResponse answer;
  auto& page = *answer.mutable_members();
  for (auto it = room.members.upper_bound(after); it != room.members.end(); ++it) {
    if (static_cast<size_t>(page.members_size()) == kMembersPage) {
      page.set_next_page_token(page.members().rbegin()->user());
      break;
    }
    *page.add_members() = MemberOf(room, it->first);
  }
  return answer;
}

void FakeServer::OnRoomFrame(Stream& stream, const std::string& bytes) {
  rooms::v1::EnterRoomRequest frame;
  if (!frame.ParseFromString(bytes)) return;
  rooms::v1::EnterRoomResponse answer;
  if (frame.has_enter()) return OnEnter(stream, frame.enter());
  if (frame.has_renew_token()) return RenewToken(stream, frame.renew_token().access_token());
  if (frame.has_heartbeat()) {
    answer.mutable_heartbeat()->set_server_time_ms(NowMs());
    stream.Reply(answer);
  } else if (frame.has_introduce()) {
    answer.mutable_introduction()->set_user(frame.introduce().user());
    answer.mutable_introduction()->set_token(
        absl::StrCat("introduction:", stream.user_, ":", frame.introduce().user()));
    stream.Reply(answer);
  } else if (frame.has_list_members()) {
    const auto room = rooms_.find(stream.room_);
    if (room != rooms_.end()) stream.Reply(ListMembers(room->second, frame.list_members().page_token()));
  } else if (frame.has_leave()) {
    stream.Gone();
  }
}

void FakeServer::OnGone(Stream& stream) {
  if (stream.presence_) {
    const auto found = online_.find(stream.user_);
    if (found == online_.end() || found->second.stream != &stream) return;
    online_.erase(found);
    return TellPresence(stream.user_);
  }
  const auto found = rooms_.find(stream.room_);
  if (found == rooms_.end()) return;
  const auto member = found->second.members.find(stream.user_);
  if (member == found->second.members.end() || member->second != &stream) return;
  found->second.members.erase(member);
  if (!up_) return;
  rooms::v1::EnterRoomResponse left;
  left.mutable_member()->set_kind(rooms::v1::MemberChange::KIND_LEFT);
  left.mutable_member()->mutable_member()->set_user(stream.user_);
  TellRoom(found->second, stream.user_, left);
}

void FakeServer::RenewTickets() {
  renew_ = loop_.After(kRenewal, [this] {
    for (auto& [name, room] : rooms_) {
      for (auto& [user, stream] : room.members) {
        rooms::v1::EnterRoomResponse frame;
        frame.mutable_ticket()->set_ticket(Ticket(name, room, user, stream->device_));
        frame.mutable_ticket()->set_role(RoleOf(room, user));
        stream->Reply(frame);
      }
    }
    RenewTickets();
  });
}

void FakeServer::Kick(const std::string& name, const std::string& user, absl::Duration told_after) {
  FakeRoom& room = rooms_.at(name);
  room.banned.insert(user);
  nlohmann::json claims = {{"iss", server_id_}, {"room", room.id}, {"act", "kicked"}, {"sub", user}};
  SetTimeClaim(claims, "iat", loop_.Now() + absl::Seconds(1));
  rooms::v1::EnterRoomResponse event;
  event.mutable_event()->set_token(SignJwt(rooms_key_, "rooms-1", kRoomEventType, claims));
  if (told_after == absl::ZeroDuration()) {
    TellRoom(room, {}, event);
  } else {
    told_later_ = loop_.After(told_after, [this, name, event] { TellRoom(rooms_.at(name), {}, event); });
  }
  const auto member = room.members.find(user);
  if (member == room.members.end()) return;
  Stream* stream = member->second;
  room.members.erase(member);
  stream->Close(absl::PermissionDeniedError("you were removed"));
}

void FakeServer::SetRole(const std::string& name, const std::string& user, rooms::v1::Role role) {
  FakeRoom& room = rooms_.at(name);
  room.roles[user] = role;
  rooms::v1::EnterRoomResponse changed;
  changed.mutable_member()->set_kind(rooms::v1::MemberChange::KIND_ROLE);
  *changed.mutable_member()->mutable_member() = MemberOf(room, user);
  TellRoom(room, user, changed);
  rooms::v1::EnterRoomResponse ticket;
  Stream* stream = room.members.at(user);
  ticket.mutable_ticket()->set_ticket(Ticket(name, room, user, stream->device_));
  ticket.mutable_ticket()->set_role(role);
  stream->Reply(ticket);
}

}  // namespace parlor::client
