// Commands that the services answer.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/core/core.h"
#include "client/core/presence_words.h"
#include "client/core/repeated_call.h"
#include "client/core/status_code.h"
#include "client/link/link_words.h"
#include "parlor/auth/v1/auth.pb.h"
#include "parlor/presence/v1/presence.pb.h"
#include "parlor/rooms/v1/rooms.pb.h"

namespace parlor::client {
namespace {

#define PARLOR_AUTH(method) "/parlor.auth.v1.Auth/" method
#define PARLOR_PRESENCE(method) "/parlor.presence.v1.Presence/" method
#define PARLOR_ROOMS(method) "/parlor.rooms.v1.Rooms/" method

constexpr uint32_t kPageSize = 1'000;
// As many rooms as a server has; a list that never ends is not waited for.
constexpr size_t kMaxListed = 100'000;

rooms::v1::Access AccessOf(const std::string& word) {
  if (word == "invite") return rooms::v1::ACCESS_INVITE;
  if (word == "password") return rooms::v1::ACCESS_PASSWORD;
  return rooms::v1::ACCESS_OPEN;
}

const char* Word(rooms::v1::Access access) {
  switch (access) {
    case rooms::v1::ACCESS_INVITE:
      return "invite";
    case rooms::v1::ACCESS_PASSWORD:
      return "password";
    default:
      return "open";
  }
}

rooms::v1::Role RoleOf(const std::string& word) {
  if (word == "moderator") return rooms::v1::ROLE_MODERATOR;
  if (word == "speaker") return rooms::v1::ROLE_SPEAKER;
  return rooms::v1::ROLE_LISTENER;
}

RoomInfo ToInfo(const rooms::v1::Room& room) {
  RoomInfo info;
  info.room = room.name();
  info.topic = room.topic();
  info.access = Word(room.access());
  info.stage = room.stage();
  info.members = room.members();
  info.capacity = room.capacity();
  info.owner = room.owner();
  return info;
}

// A server that is in touch with its database has asked it within this.
constexpr absl::Duration kFresh = absl::Seconds(10);

template <typename List, typename Response>
void NoteAge(const Response& response, List& list) {
  const absl::Duration age = absl::Milliseconds(static_cast<double>(response.age_ms()));
  if (age > kFresh) list.age = std::max(age, list.age.value_or(age));
}

}  // namespace

template <typename Response>
void Core::Ask(const Command& command, Asking how, const char* method,
               const google::protobuf::MessageLite& request,
               std::function<void(const Command&, const Response&)> done) {
  const auto bytes = std::make_shared<std::string>(request.SerializeAsString());
  session_.Token([=, this, weak = std::weak_ptr(alive_)](const absl::StatusOr<std::string>& token) {
    if (!weak.lock()) return;
    if (!token.ok()) return Fail(command, token.status());
    Keep([&](std::function<void()> ended) {
      const auto answered = [this, command, done, ended](const absl::StatusOr<std::string>& answer) {
        ended();
        if (!answer.ok()) return Fail(command, answer.status());
        Response response;
        if (!response.ParseFromString(*answer)) {
          return Fail(command, absl::InternalError("the server's answer makes no sense"));
        }
        if (done) return done(command, response);
        Answer(command, absl::OkStatus());
      };
      if (how == Asking::kOnce) {
        return parts_.services->Call(method, *bytes, *token, kCallTimeout, answered);
      }
      return CallRepeatedly(loop_, *parts_.services, method, *bytes, *token, answered);
    });
  });
}

template <typename List>
void Core::NextPage(const Command& command, std::shared_ptr<List> so_far, size_t listed,
                    const std::string& page,
                    void (Core::*collect)(const Command&, std::shared_ptr<List>, const std::string&)) {
  if (page.empty()) return parts_.emit(*so_far);
  if (listed >= kMaxListed) {
    return Fail(command, absl::ResourceExhaustedError(absl::StrCat("the list has more than ", kMaxListed,
                                                                   " entries; ask for less of it")));
  }
  (this->*collect)(command, std::move(so_far), page);
}

// ---- rooms

void Core::DoCreate(const Command& command) {
  rooms::v1::CreateRoomRequest request;
  request.set_name(command.Get("room"));
  request.set_topic(command.Get("topic"));
  request.set_password(command.Get("password"));
  request.set_stage(command.Get("stage") == "yes");
  const bool by_password = command.Get("access").empty() && !command.Get("password").empty();
  request.set_access(by_password ? rooms::v1::ACCESS_PASSWORD : AccessOf(command.Get("access")));
  Ask<rooms::v1::CreateRoomResponse>(
      command, Asking::kOnce, PARLOR_ROOMS("CreateRoom"), request,
      [this](const Command& created, const rooms::v1::CreateRoomResponse& response) {
        rooms_->Join(response.room().name(), created.Get("password"), false, created.name, created.ref);
      });
}

void Core::DoRooms(const Command& command) {
  auto event = std::make_shared<RoomsEvent>();
  event->ref = command.ref;
  CollectRooms(command, std::move(event), {});
}

void Core::CollectRooms(const Command& command, std::shared_ptr<RoomsEvent> so_far, const std::string& page) {
  rooms::v1::ListRoomsRequest request;
  request.set_query(command.Get("query"));
  request.set_page_size(kPageSize);
  request.set_page_token(page);
  Ask<rooms::v1::ListRoomsResponse>(
      command, Asking::kRepeatedly, PARLOR_ROOMS("ListRooms"), request,
      [this, so_far](const Command& asked, const rooms::v1::ListRoomsResponse& response) {
        for (const rooms::v1::Room& room : response.rooms()) so_far->rooms.push_back(ToInfo(room));
        NoteAge(response, *so_far);
        NextPage(asked, so_far, so_far->rooms.size(), response.next_page_token(), &Core::CollectRooms);
      });
}

void Core::DoWho(const Command& command) {
  const std::string& name = command.Get("room");
  if (name.empty()) {
    auto event = std::make_shared<PeopleEvent>();
    event->ref = command.ref;
    return CollectPeople(command, std::move(event), {});
  }
  const Room* room = rooms_->Find(name);
  if (room == nullptr) {
    return Fail(command,
                absl::FailedPreconditionError(absl::StrCat("you are not in #", name, "; join it first")));
  }
  WhoEvent event;
  event.room = name;
  event.topic = room->topic();
  event.stage = room->stage();
  event.members = room->Members();
  event.ref = command.ref;
  for (MemberInfo& member : event.members) {
    const LinkInfo* link = links_.Find(member.user);
    if (link == nullptr) {
      if (member.state == "dialling" && !links_.last_error(member.user).ok()) member.state = "unreachable";
      continue;
    }
    member.transport = Word(link->transport);
    member.path = Word(link->path);
    member.address = ToString(link->remote);
    if (const auto rtt = links_.Rtt(member.user)) member.rtt_ms = absl::ToDoubleMilliseconds(*rtt);
  }
  parts_.emit(std::move(event));
}

void Core::CollectPeople(const Command& command, std::shared_ptr<PeopleEvent> so_far,
                         const std::string& page) {
  presence::v1::ListOnlineRequest request;
  request.set_page_size(kPageSize);
  request.set_page_token(page);
  Ask<presence::v1::ListOnlineResponse>(
      command, Asking::kRepeatedly, PARLOR_PRESENCE("ListOnline"), request,
      [this, so_far](const Command& asked, const presence::v1::ListOnlineResponse& response) {
        for (const auto& person : response.people()) so_far->people.push_back(ToEvent(person));
        NoteAge(response, *so_far);
        NextPage(asked, so_far, so_far->people.size(), response.next_page_token(), &Core::CollectPeople);
      });
}

void Core::DoTopic(const Command& command) {
  rooms::v1::SetTopicRequest request;
  request.set_room(command.Get("room"));
  request.set_topic(command.Get("topic"));
  Ask<rooms::v1::SetTopicResponse>(command, Asking::kRepeatedly, PARLOR_ROOMS("SetTopic"), request, {});
}

void Core::DoInvite(const Command& command) {
  rooms::v1::InviteRequest request;
  request.set_room(command.Get("room"));
  request.set_user(command.Get("user"));
  Ask<rooms::v1::InviteResponse>(command, Asking::kRepeatedly, PARLOR_ROOMS("Invite"), request, {});
}

void Core::DoKick(const Command& command) {
  rooms::v1::KickRequest request;
  request.set_room(command.Get("room"));
  request.set_user(command.Get("user"));
  Ask<rooms::v1::KickResponse>(command, Asking::kOnce, PARLOR_ROOMS("Kick"), request, {});
}

void Core::DoBan(const Command& command) {
  rooms::v1::BanRequest request;
  request.set_room(command.Get("room"));
  request.set_user(command.Get("user"));
  Ask<rooms::v1::BanResponse>(command, Asking::kRepeatedly, PARLOR_ROOMS("Ban"), request, {});
}

void Core::DoUnban(const Command& command) {
  rooms::v1::UnbanRequest request;
  request.set_room(command.Get("room"));
  request.set_user(command.Get("user"));
  Ask<rooms::v1::UnbanResponse>(command, Asking::kRepeatedly, PARLOR_ROOMS("Unban"), request, {});
}

void Core::DoRole(const Command& command) {
  rooms::v1::SetRoleRequest request;
  request.set_room(command.Get("room"));
  request.set_user(command.Get("user"));
  request.set_role(RoleOf(command.Get("role")));
  Ask<rooms::v1::SetRoleResponse>(command, Asking::kOnce, PARLOR_ROOMS("SetRole"), request, {});
}

void Core::DoHand(const Command& command) {
  rooms::v1::RaiseHandRequest request;
  request.set_room(command.Get("room"));
  request.set_raised(command.Get("raised") != "down");
  Ask<rooms::v1::RaiseHandResponse>(command, Asking::kRepeatedly, PARLOR_ROOMS("RaiseHand"), request, {});
}

void Core::DoClose(const Command& command) {
  rooms::v1::CloseRoomRequest request;
  request.set_room(command.Get("room"));
  Ask<rooms::v1::CloseRoomResponse>(command, Asking::kOnce, PARLOR_ROOMS("CloseRoom"), request, {});
}

// ---- people

void Core::DoFind(const Command& command) {
  auto event = std::make_shared<PeopleEvent>();
  event->ref = command.ref;
  CollectFound(command, std::move(event), {});
}

void Core::CollectFound(const Command& command, std::shared_ptr<PeopleEvent> so_far,
                        const std::string& page) {
  presence::v1::SearchRequest request;
  request.set_prefix(command.Get("prefix"));
  request.set_page_size(kPageSize);
  request.set_page_token(page);
  Ask<presence::v1::SearchResponse>(
      command, Asking::kRepeatedly, PARLOR_PRESENCE("Search"), request,
      [this, so_far](const Command& asked, const presence::v1::SearchResponse& response) {
        for (const auto& person : response.people()) so_far->people.push_back(ToEvent(person));
        NoteAge(response, *so_far);
        NextPage(asked, so_far, so_far->people.size(), response.next_page_token(), &Core::CollectFound);
      });
}

void Core::DoLookup(const Command& command) {
  presence::v1::LookupRequest request;
  request.set_user(command.Get("user"));
  Ask<presence::v1::LookupResponse>(
      command, Asking::kRepeatedly, PARLOR_PRESENCE("Lookup"), request,
      [this](const Command& asked, const presence::v1::LookupResponse& response) {
        PeopleEvent event;
        event.ref = asked.ref;
        event.people.push_back(ToEvent(response.presence()));
        NoteAge(response, event);
        parts_.emit(std::move(event));
      });
}

// ---- the account

void Core::DoDevices(const Command& command) {
  Ask<auth::v1::ListDevicesResponse>(
      command, Asking::kRepeatedly, PARLOR_AUTH("ListDevices"), auth::v1::ListDevicesRequest(),
      [this](const Command& asked, const auth::v1::ListDevicesResponse& response) {
        DevicesEvent event;
        event.ref = asked.ref;
        for (const auto& device : response.devices()) {
          event.devices.push_back({device.device(), device.label(),
                                   absl::FromUnixMillis(device.enrolled_ms()),
                                   absl::FromUnixMillis(device.last_used_ms()), device.current()});
        }
        parts_.emit(std::move(event));
      });
}

void Core::DoRevoke(const Command& command) {
  auth::v1::RevokeDeviceRequest request;
  request.set_device(command.Get("device"));
  Ask<auth::v1::RevokeDeviceResponse>(command, Asking::kOnce, PARLOR_AUTH("RevokeDevice"), request, {});
}

void Core::DoPassword(const Command& command) {
  auth::v1::ChangePasswordRequest request;
  request.set_old_password(command.Get("old"));
  request.set_new_password(command.Get("new"));
  Ask<auth::v1::ChangePasswordResponse>(command, Asking::kOnce, PARLOR_AUTH("ChangePassword"), request, {});
}

void Core::DoLogout(const Command& command) {
  Ask<auth::v1::LogoutResponse>(command, Asking::kOnce, PARLOR_AUTH("Logout"), auth::v1::LogoutRequest(),
                                [this](const Command& asked, const auth::v1::LogoutResponse&) {
                                  Answer(asked, parts_.remove_account());
                                  Stop("logged out");
                                });
}

void Core::DoDeleteAccount(const Command& command) {
  auth::v1::DeleteAccountRequest request;
  request.set_password(command.Get("password"));
  Ask<auth::v1::DeleteAccountResponse>(command, Asking::kOnce, PARLOR_AUTH("DeleteAccount"), request,
                                       [this](const Command& asked, const auth::v1::DeleteAccountResponse&) {
                                         Answer(asked, parts_.remove_account());
                                         Stop("the account was deleted");
                                       });
}

// Links show it: where UDP is blocked they are all over TCP.
CheckResult Core::CheckUdp() const {
  size_t over_udp = 0;
  const std::vector<std::string> linked = links_.linked();
  for (const std::string& user : linked) {
    if (links_.Find(user)->transport == Transport::kUdp) ++over_udp;
  }
  if (linked.empty()) return {"udp", "untested", "nobody is linked now"};
  return {"udp", over_udp > 0 ? "ok" : "untested",
          absl::StrCat(over_udp, " of ", linked.size(), " links are over UDP")};
}

void Core::DoDoctor(const Command& command) {
  DoctorEvent event;
  event.ref = command.ref;
  event.checks.push_back(services_up_
                             ? CheckResult{"services", "ok", session_.account().server}
                             : CheckResult{"services", "failed", "not reached; is the server running?"});
  const absl::Duration offset = absl::Trunc(clock_.offset(), absl::Milliseconds(1));
  const bool clock_is_right = absl::AbsDuration(offset) < kClockWarning;
  event.checks.push_back({"clock", clock_is_right ? "ok" : "warning",
                          absl::StrCat("server minus machine: ", absl::FormatDuration(offset))});
  const absl::Duration left = session_.account().certificate_expires - clock_.Now();
  event.checks.push_back(
      {"certificate", left > absl::ZeroDuration() ? "ok" : "failed",
       left > absl::ZeroDuration()
           ? absl::StrCat("ends in ", absl::FormatDuration(absl::Trunc(left, absl::Minutes(1))))
           : "has ended; it is renewed as soon as the services are reached"});
  event.checks.push_back(
      {"port", port_ != 0 ? "ok" : "failed", absl::StrCat("listening on TCP and UDP ", port_)});
  event.checks.push_back({"reachability", "untested", "whether others can dial this port from outside"});
  event.checks.push_back(CheckUdp());
  parts_.emit(std::move(event));
}

}  // namespace parlor::client
