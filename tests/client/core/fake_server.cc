#include "tests/client/core/fake_server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/crypto/jwt.h"
#include "nlohmann/json.hpp"
#include "parlor/auth/v1/auth.pb.h"

namespace parlor::client {
namespace {

constexpr absl::Duration kLatency = absl::Milliseconds(1);
constexpr int64_t kHeartbeatMs = 60'000;  // hours of virtual time pass quickly
constexpr absl::Duration kTicket = absl::Minutes(10);
constexpr absl::Duration kRenewal = absl::Minutes(5);
constexpr absl::Duration kAccessToken = absl::Minutes(10);
constexpr uint32_t kMaxPageSize = 1'000;

std::string RefreshToken(const std::string& device, int number) {
  return absl::StrCat("refresh:", device, ":", number);
}

const char* RoleName(rooms::v1::Role role) {
  if (role == rooms::v1::ROLE_MODERATOR) return "moderator";
  return role == rooms::v1::ROLE_SPEAKER ? "speaker" : "listener";
}

}  // namespace

// ---- the wire

class FakeServer::Stream final : public RpcStream {
 public:
  Stream(FakeServer& server, bool presence, std::string user, std::string device, std::string ip,
         Handlers handlers)
      : server_(server),
        presence_(presence),
        user_(std::move(user)),
        device_(std::move(device)),
        ip_(std::move(ip)),
        handlers_(std::move(handlers)) {
    server_.streams_.insert(this);
  }
  ~Stream() override { Gone(); }

  void Send(std::string frame) override {
    server_.loop_.Post([weak = std::weak_ptr(alive_), frame = std::move(frame)] {
      const auto alive = weak.lock();
      if (!alive || (*alive)->gone_) return;
      Stream& stream = **alive;
      stream.presence_ ? stream.server_.OnPresenceFrame(stream, frame)
                       : stream.server_.OnRoomFrame(stream, frame);
    });
  }
  void Finish() override {
    server_.loop_.Post([weak = std::weak_ptr(alive_)] {
      if (const auto alive = weak.lock()) (*alive)->Close(absl::OkStatus());
    });
  }

  void Reply(const google::protobuf::MessageLite& frame) {
    server_.loop_.Post([weak = std::weak_ptr(alive_), bytes = frame.SerializeAsString()] {
      const auto alive = weak.lock();
      if (alive && (*alive)->handlers_.on_frame) (*alive)->handlers_.on_frame(bytes);
    });
  }
  // What was replied before still arrives.
  void Close(const absl::Status& why) {
    Gone();
    server_.loop_.Post([weak = std::weak_ptr(alive_), why] {
      const auto alive = weak.lock();
      if (!alive) return;
      const auto on_closed = std::exchange((*alive)->handlers_, {}).on_closed;
      if (on_closed) on_closed(why);
    });
  }
  void Gone() {
    if (std::exchange(gone_, true)) return;
    server_.streams_.erase(this);
    server_.OnGone(*this);
  }

  FakeServer& server_;
  const bool presence_;
  const std::string user_;
  const std::string device_;
  const std::string ip_;
  std::string room_;
  Handlers handlers_;
  absl::Time token_ends_;
  std::unique_ptr<Timer> warn_of_token_;
  std::unique_ptr<Timer> end_token_;
  bool gone_ = false;
  std::shared_ptr<Stream*> alive_ = std::make_shared<Stream*>(this);
};

class FakeServer::Channel final : public RpcChannel {
 public:
  Channel(FakeServer& server, std::string user, std::string device, std::string ip)
      : server_(server), user_(std::move(user)), device_(std::move(device)), ip_(std::move(ip)) {}

  std::unique_ptr<PendingCall> Call(const std::string& method, const std::string& request,
                                    const std::string& token, absl::Duration, BytesCallback done) override {
    struct Pending final : PendingCall {
      std::unique_ptr<Timer> timer;
    };
    if (absl::StrContains(method, "Refresh")) Knock();
    auto pending = std::make_unique<Pending>();
    pending->timer = server_.loop_.After(kLatency, [this, method, request, token, done = std::move(done)] {
      done(server_.Answer(method, request, token, user_, device_));
    });
    return pending;
  }

  std::unique_ptr<RpcStream> OpenStream(const std::string& method, const std::string& token,
                                        RpcStream::Handlers handlers) override {
    ++server_.opened_[user_];
    Knock();
    auto stream = std::make_unique<Stream>(server_, absl::StrContains(method, "Presence"), user_, device_,
                                           ip_, std::move(handlers));
    const absl::StatusOr<absl::Time> ends = server_.Admit(token, device_);
    if (!server_.up_) {
      stream->Close(absl::UnavailableError("the server is not running"));
    } else if (!ends.ok()) {
      stream->Close(ends.status());
    } else {
      server_.WatchToken(*stream, *ends);
    }
    return stream;
  }

 private:
  void Knock() {
    if (!server_.up_) server_.knocks_[user_].push_back(server_.loop_.Uptime());
  }

  FakeServer& server_;
  const std::string user_;
  const std::string device_;
  const std::string ip_;
};

// ---- accounts

FakeServer::FakeServer(VirtualLoop& loop)
    : loop_(loop),
      root_(Authority::MakeRoot(loop.Now())),
      people_(root_.MakePeopleAuthority(loop.Now())),
      auth_key_(PrivateKey::Generate()),
      rooms_key_(PrivateKey::Generate()),
      server_id_(ServerIdOf(root_.key().public_key())) {
  RenewTickets();
}

FakeServer::~FakeServer() = default;

Account FakeServer::Enrol(const std::string& user) {
  const PrivateKey key = PrivateKey::Generate();
  Account account;
  account.server = absl::StrCat("parlor://server:7447/#", server_id_);
  account.root_pem = root_.certificate().ToPem();
  account.user = user;
  account.device = key.public_key().device_id();
  account.device_key_pem = key.ToPem();
  const auto leaf =
      people_.IssueDevice({server_id_, user, account.device}, key.public_key(), loop_.Now(), absl::Hours(24));
  account.chain_der = {leaf->ToDer(), people_.certificate().ToDer()};
  account.certificate_expires = loop_.Now() + absl::Hours(24);
  account.access_token = NewAccessToken(account.device);
  account.access_expires = access_tokens_[account.access_token].ends;
  account.refresh_token = RefreshToken(account.device, rotations_[account.device].current);
  devices_[user] = account.device;
  return account;
}

std::unique_ptr<RpcChannel> FakeServer::Connect(const Account& account, const std::string& ip) {
  return std::make_unique<Channel>(*this, account.user, account.device, ip);
}

void FakeServer::Stop() {
  up_ = false;
  for (Stream* stream : std::set<Stream*>(streams_))
    stream->Close(absl::UnavailableError("the server goes down"));
}

void FakeServer::Start() {
  up_ = true;
}

void FakeServer::Drop(const std::string& user) {
  for (Stream* stream : std::set<Stream*>(streams_)) {
    if (stream->user_ == user) stream->Close(absl::UnavailableError("connection lost"));
  }
}

std::string FakeServer::Revocations() const {
  nlohmann::json claims = {{"iss", server_id_}, {"ver", revoked_.size()}, {"dev", nlohmann::json::array()}};
  for (const std::string& device : revoked_) claims["dev"].push_back(device);
  SetTimeClaim(claims, "iat", loop_.Now());
  return SignJwt(auth_key_, "auth-1", kRevocationsType, claims);
}

void FakeServer::Revoke(const std::string& device) {
  revoked_.insert(device);
  presence::v1::ConnectResponse frame;
  frame.mutable_revocations()->set_revocations(Revocations());
  for (auto& [user, online] : online_) online.stream->Reply(frame);
}

absl::StatusOr<std::string> FakeServer::Answer(const std::string& method, const std::string& request,
                                               const std::string& token, const std::string& user,
                                               const std::string& device) {
  if (!up_) return absl::UnavailableError("the server is not running");
  if (method == "/parlor.auth.v1.Auth/GetKeys") {
    auth::v1::GetKeysResponse response;
    auto* key = response.add_keys();
    key->set_kid("auth-1");
    key->set_spki_der(auth_key_.public_key().spki());
    response.set_revocations(Revocations());
    response.set_server_time_ms(NowMs());
    return response.SerializeAsString();
  }
  if (method == "/parlor.rooms.v1.Rooms/GetKeys") {
    rooms::v1::GetKeysResponse response;
    auto* key = response.add_keys();
    key->set_kid("rooms-1");
    key->set_spki_der(rooms_key_.public_key().spki());
    return response.SerializeAsString();
  }
  if (method == "/parlor.auth.v1.Auth/Refresh") return Refresh(request, device);
  const absl::StatusOr<absl::Time> admitted = Admit(token, device);
  if (!admitted.ok()) return admitted.status();
  if (method == "/parlor.rooms.v1.Rooms/ListRooms") return ListRooms(request);
  if (method == "/parlor.presence.v1.Presence/ListOnline") return ListOnline(request);
  if (method == "/parlor.presence.v1.Presence/Search") return Search(request);
  if (method == "/parlor.auth.v1.Auth/IssueCertificate") {
    auth::v1::IssueCertificateRequest parsed;
    parsed.ParseFromString(request);
    const auto key = VerifyCertificateRequest(parsed.certificate_request());
    if (!key.ok()) return key.status();
    const auto leaf = people_.IssueDevice({server_id_, user, device}, *key, loop_.Now(), absl::Hours(24));
    auth::v1::IssueCertificateResponse response;
    response.mutable_certificate()->add_chain_der(leaf->ToDer());
    response.mutable_certificate()->add_chain_der(people_.certificate().ToDer());
    response.mutable_certificate()->set_not_after_ms(NowMs() + absl::ToInt64Milliseconds(absl::Hours(24)));
    response.set_server_time_ms(NowMs());
    return response.SerializeAsString();
  }
  if (method == "/parlor.presence.v1.Presence/Lookup") {
    presence::v1::LookupRequest parsed;
    parsed.ParseFromString(request);
    presence::v1::LookupResponse response;
    *response.mutable_presence() = PresenceOf(parsed.user());
    const auto target = online_.find(parsed.user());
    if (target == online_.end()) return response.SerializeAsString();
    const bool allowed = target->second.accept.contains(user) ||
                         parsed.introduction() == absl::StrCat("introduction:", user, ":", parsed.user());
    if (allowed && !target->second.block.contains(user)) {
      auto* address = response.add_addresses();
      address->set_ip(target->second.ip);
      address->set_port(target->second.hello.listen_port());
    }
    return response.SerializeAsString();
  }
  if (method == "/parlor.rooms.v1.Rooms/CreateRoom") {
    rooms::v1::CreateRoomRequest parsed;
    parsed.ParseFromString(request);
    if (rooms_.contains(parsed.name())) return absl::AlreadyExistsError("there is such a room");
    FakeRoom& room = rooms_[parsed.name()];
    room.id = absl::StrCat("room", next_room_++);
    room.stage = parsed.stage();
    room.roles[user] = rooms::v1::ROLE_MODERATOR;
    rooms::v1::CreateRoomResponse response;
    response.mutable_room()->set_name(parsed.name());
    response.mutable_room()->set_id(room.id);
    return response.SerializeAsString();
  }
  return absl::UnimplementedError(method);
}

// ---- tokens

std::string FakeServer::NewAccessToken(const std::string& device) {
  const std::string token = absl::StrCat("access:", next_token_++);
  access_tokens_[token] = {device, absl::FromUnixSeconds(absl::ToUnixSeconds(loop_.Now() + kAccessToken))};
  return token;
}

absl::StatusOr<absl::Time> FakeServer::Admit(const std::string& token, const std::string& device) const {
  const auto found = access_tokens_.find(token);
  if (found == access_tokens_.end() || found->second.device != device || rotations_.at(device).ended) {
    return absl::UnauthenticatedError("this token counts for nothing");
  }
  if (loop_.Now() >= found->second.ends) return absl::UnauthenticatedError("the access token ended");
  return found->second.ends;
}

// As auth does: the one before the current is answered with the current again, as long as that was not
// exchanged itself; with any older one the device ends.
absl::StatusOr<std::string> FakeServer::Refresh(const std::string& request, const std::string& device) {
  auth::v1::RefreshRequest parsed;
  parsed.ParseFromString(request);
  Rotation& rotation = rotations_.at(device);
  if (parsed.refresh_token() == RefreshToken(device, rotation.current)) {
    ++rotation.current;
  } else if (parsed.refresh_token() != RefreshToken(device, rotation.current - 1)) {
    rotation.ended = true;
  }
  if (rotation.ended) return absl::UnauthenticatedError("this device was logged out");
  ++refreshes_;
  if (std::exchange(lose_refresh_, false)) return absl::UnavailableError("connection lost");
  auth::v1::RefreshResponse response;
  const std::string token = NewAccessToken(device);
  response.mutable_tokens()->set_access_token(token);
  response.mutable_tokens()->set_access_expires_ms(absl::ToUnixMillis(access_tokens_[token].ends));
  response.mutable_tokens()->set_refresh_token(RefreshToken(device, rotation.current));
  response.set_server_time_ms(NowMs());
  return response.SerializeAsString();
}

void FakeServer::WatchToken(Stream& stream, absl::Time ends) {
  stream.token_ends_ = ends;
  stream.warn_of_token_ = loop_.After(ends - token_warning_ - loop_.Now(), [&stream, ends] {
    presence::v1::ConnectResponse presence;
    presence.mutable_token_ends()->set_at_ms(absl::ToUnixMillis(ends));
    rooms::v1::EnterRoomResponse room;
    room.mutable_token_ends()->set_at_ms(absl::ToUnixMillis(ends));
    if (stream.gone_) return;
    stream.presence_ ? stream.Reply(presence) : stream.Reply(room);
  });
  stream.end_token_ = loop_.After(ends - loop_.Now(), [&stream] {
    if (!stream.gone_) stream.Close(absl::UnauthenticatedError("the access token ended"));
  });
}

void FakeServer::RenewToken(Stream& stream, const std::string& token) {
  if (!renewals_arrive_) return;
  const absl::StatusOr<absl::Time> ends = Admit(token, stream.device_);
  if (!ends.ok()) return stream.Close(ends.status());
  if (*ends > stream.token_ends_) WatchToken(stream, *ends);  // the same again is no renewal
}

// ---- lists

void FakeServer::List(size_t rooms, size_t people) {
  for (size_t i = 0; i < rooms; ++i) {
    rooms::v1::Room& room = listed_rooms_.emplace_back();
    room.set_name(absl::StrFormat("room%05d", i));
    for (int character = 0; character < 200; ++character) room.mutable_topic()->append("\u20ac");
    room.set_access(rooms::v1::ACCESS_OPEN);
    room.set_capacity(kCapacity);
    room.set_owner("somebody");
  }
  for (size_t i = 0; i < people; ++i) {
    presence::v1::PersonPresence& person = listed_people_.emplace_back();
    person.set_user(absl::StrFormat("user%05d", i));
    person.set_since_ms(NowMs());
    person.mutable_status()->set_availability(presence::v1::AVAILABILITY_ONLINE);
  }
}

absl::StatusOr<std::string> FakeServer::Page(size_t all, uint32_t page_size, const std::string& token,
                                             const std::function<void(size_t)>& add) {
  size_t from = 0;
  if (page_size > kMaxPageSize) return absl::InvalidArgumentError("page_size is at most 1000");
  if (!token.empty() && !absl::SimpleAtoi(token, &from)) return absl::InvalidArgumentError("page_token");
  ++pages_;
  const size_t to = std::min(all, from + (page_size == 0 ? 100 : page_size));
  for (size_t i = from; i < to; ++i) add(i);
  return to == all ? std::string() : absl::StrCat(to);
}

absl::StatusOr<std::string> FakeServer::ListRooms(const std::string& request) {
  rooms::v1::ListRoomsRequest parsed;
  parsed.ParseFromString(request);
  rooms::v1::ListRoomsResponse response;
  const auto next = Page(listed_rooms_.size(), parsed.page_size(), parsed.page_token(),
                         [&](size_t i) { *response.add_rooms() = listed_rooms_[i]; });
  if (!next.ok()) return next.status();
  response.set_next_page_token(*next);
  return response.SerializeAsString();
}

absl::StatusOr<std::string> FakeServer::ListOnline(const std::string& request) {
  presence::v1::ListOnlineRequest parsed;
  parsed.ParseFromString(request);
  presence::v1::ListOnlineResponse response;
  const auto next = Page(listed_people_.size(), parsed.page_size(), parsed.page_token(),
                         [&](size_t i) { *response.add_people() = listed_people_[i]; });
  if (!next.ok()) return next.status();
  response.set_next_page_token(*next);
  return response.SerializeAsString();
}

absl::StatusOr<std::string> FakeServer::Search(const std::string& request) {
  presence::v1::SearchRequest parsed;
  parsed.ParseFromString(request);
  std::vector<const presence::v1::PersonPresence*> found;
  for (const presence::v1::PersonPresence& person : listed_people_) {
    if (absl::StartsWith(person.user(), parsed.prefix())) found.push_back(&person);
  }
  presence::v1::SearchResponse response;
  const auto next = Page(found.size(), parsed.page_size(), parsed.page_token(),
                         [&](size_t i) { *response.add_people() = *found[i]; });
  if (!next.ok()) return next.status();
  response.set_next_page_token(*next);
  return response.SerializeAsString();
}

// ---- presence

presence::v1::PersonPresence FakeServer::PresenceOf(const std::string& user) const {
  presence::v1::PersonPresence person;
  person.set_user(user);
  person.set_since_ms(NowMs());
  person.mutable_status()->set_availability(online_.contains(user) ? presence::v1::AVAILABILITY_ONLINE
                                                                   : presence::v1::AVAILABILITY_OFFLINE);
  return person;
}

void FakeServer::TellPresence(const std::string& user) {
  presence::v1::ConnectResponse frame;
  *frame.mutable_presence() = PresenceOf(user);
  for (auto& [other, online] : online_) {
    if (online.watch.contains(user)) online.stream->Reply(frame);
  }
}

void FakeServer::OnPresenceFrame(Stream& stream, const std::string& bytes) {
  presence::v1::ConnectRequest frame;
  if (!frame.ParseFromString(bytes)) return;
  if (frame.has_hello()) {
    Online& online = online_[stream.user_];
    online.stream = &stream;
    online.hello = frame.hello();
    online.ip = stream.ip_;
    online.watch = {frame.hello().watch().begin(), frame.hello().watch().end()};
    online.accept = {frame.hello().accept().begin(), frame.hello().accept().end()};
    online.block = {frame.hello().block().begin(), frame.hello().block().end()};
    presence::v1::ConnectResponse welcome;
    welcome.mutable_welcome()->set_heartbeat_ms(kHeartbeatMs);
    welcome.mutable_welcome()->set_server_time_ms(NowMs());
    welcome.mutable_welcome()->set_revocations(Revocations());
    for (const std::string& watched : online.watch) {
      if (online_.contains(watched)) *welcome.mutable_welcome()->add_people() = PresenceOf(watched);
    }
    stream.Reply(welcome);
    return TellPresence(stream.user_);
  }
  if (frame.has_renew_token()) return RenewToken(stream, frame.renew_token().access_token());
  const auto found = online_.find(stream.user_);
  if (found == online_.end()) return;
  Online& online = found->second;
  const auto change = [](std::set<std::string>& list, const presence::v1::ListChange& by) {
    for (const std::string& name : by.add()) list.insert(name);
    for (const std::string& name : by.remove()) list.erase(name);
  };
  if (frame.has_heartbeat()) {
    presence::v1::ConnectResponse answer;
    answer.mutable_heartbeat()->set_client_time_ms(frame.heartbeat().client_time_ms());
    answer.mutable_heartbeat()->set_server_time_ms(NowMs());
    stream.Reply(answer);
  } else if (frame.has_watch()) {
    change(online.watch, frame.watch());
    for (const std::string& name : frame.watch().add()) {
      presence::v1::ConnectResponse answer;
      *answer.mutable_presence() = PresenceOf(name);
      stream.Reply(answer);
    }
  } else if (frame.has_accept()) {
    change(online.accept, frame.accept());
  } else if (frame.has_block()) {
    change(online.block, frame.block());
  } else if (frame.has_addresses()) {
    online.hello.set_listen_port(frame.addresses().listen_port());
  } else if (frame.has_signal()) {
    ++signals_;
    presence::v1::ConnectResponse answer;
    const auto target = online_.find(frame.signal().user());
    if (target == online_.end() || target->second.block.contains(stream.user_)) {
      answer.mutable_signal_refused()->set_user(frame.signal().user());
      answer.mutable_signal_refused()->set_reason(presence::v1::SignalRefused::REASON_OFFLINE);
      return stream.Reply(answer);
    }
    answer.mutable_signal()->set_user(stream.user_);
    answer.mutable_signal()->set_payload(frame.signal().payload());
    target->second.stream->Reply(answer);
  }
}

// ---- rooms

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

void FakeServer::OnRoomFrame(Stream& stream, const std::string& bytes) {
  rooms::v1::EnterRoomRequest frame;
  if (!frame.ParseFromString(bytes)) return;
  rooms::v1::EnterRoomResponse answer;
  if (frame.has_enter()) {
    if (!entering_.ok()) return stream.Close(entering_);
    const auto found = rooms_.find(frame.enter().room());
    if (found == rooms_.end()) return stream.Close(absl::NotFoundError("there is no such room"));
    FakeRoom& room = found->second;
    if (room.banned.contains(stream.user_))
      return stream.Close(absl::PermissionDeniedError("you were removed"));
    if (room.members.size() >= kCapacity && !room.members.contains(stream.user_))
      return stream.Close(absl::ResourceExhaustedError("the room is full"));
    stream.room_ = frame.enter().room();
    auto* entered = answer.mutable_entered();
    entered->mutable_room()->set_name(stream.room_);
    entered->mutable_room()->set_id(room.id);
    entered->mutable_room()->set_stage(room.stage);
    entered->set_role(RoleOf(room, stream.user_));
    entered->set_ticket(Ticket(stream.room_, room, stream.user_, stream.device_));
    entered->set_heartbeat_ms(kHeartbeatMs);
    entered->set_server_time_ms(NowMs());
    for (const auto& [user, other] : room.members) {
      if (user == stream.user_) continue;
      *entered->add_sample() = MemberOf(room, user);
      auto* introduction = entered->add_introductions();
      introduction->set_user(user);
      introduction->set_token(absl::StrCat("introduction:", stream.user_, ":", user));
    }
    const bool again = room.members.contains(stream.user_);
    room.members[stream.user_] = &stream;
    stream.Reply(answer);
    if (again) return;
    rooms::v1::EnterRoomResponse joined;
    joined.mutable_member()->set_kind(rooms::v1::MemberChange::KIND_JOINED);
    *joined.mutable_member()->mutable_member() = MemberOf(room, stream.user_);
    return TellRoom(room, stream.user_, joined);
  }
  if (frame.has_renew_token()) return RenewToken(stream, frame.renew_token().access_token());
  if (frame.has_heartbeat()) {
    answer.mutable_heartbeat()->set_server_time_ms(NowMs());
    stream.Reply(answer);
  } else if (frame.has_introduce()) {
    answer.mutable_introduction()->set_user(frame.introduce().user());
    answer.mutable_introduction()->set_token(
        absl::StrCat("introduction:", stream.user_, ":", frame.introduce().user()));
    stream.Reply(answer);
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
