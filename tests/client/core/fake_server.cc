#include "tests/client/core/fake_server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/crypto/jwt.h"
#include "nlohmann/json.hpp"
#include "parlor/auth/v1/auth.pb.h"
#include "tests/client/core/fake_stream.h"

namespace parlor::client {
namespace {

constexpr absl::Duration kLatency = absl::Milliseconds(1);
constexpr absl::Duration kAccessToken = absl::Minutes(10);

std::string RefreshToken(const std::string& device, int number) {
  return absl::StrCat("refresh:", device, ":", number);
}

}  // namespace

// ---- the wire

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
    const bool presence = absl::StrContains(method, "Presence");
    auto stream = std::make_unique<Stream>(server_, presence, user_, device_, ip_, std::move(handlers));
    const absl::StatusOr<absl::Time> ends = server_.Admit(token, device_);
    if (!server_.Serves(user_, presence)) {
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

void FakeServer::CloseStreams(const std::function<bool(const Stream&)>& which, const char* why) {
  for (Stream* stream : std::set<Stream*>(streams_)) {
    if (which(*stream)) stream->Close(absl::UnavailableError(why));
  }
}

void FakeServer::Stop() {
  up_ = false;
  CloseStreams([](const Stream&) { return true; }, "the server goes down");
}

void FakeServer::Start() {
  up_ = true;
}

void FakeServer::StopRooms() {
  rooms_up_ = false;
  CloseStreams([](const Stream& stream) { return !stream.presence_; }, "the server goes down");
}

void FakeServer::KeepOut(const std::string& user) {
  kept_out_.insert(user);
  Drop(user);
}

void FakeServer::Drop(const std::string& user) {
  CloseStreams([&](const Stream& stream) { return stream.user_ == user; }, "connection lost");
}

void FakeServer::TakeOver(const std::string& user) {
  online_.at(user).stream->Close(absl::AbortedError("another device took over"));
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
  if (!Serves(user, true)) return absl::UnavailableError("the server is not running");
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
  if (refused_calls_ > 0) {
    --refused_calls_;
    return absl::UnavailableError("the service starts: try again");
  }
  if (method == "/parlor.rooms.v1.Rooms/ListRooms") return lists_.ListRooms(request);
  if (method == "/parlor.presence.v1.Presence/ListOnline") return lists_.ListOnline(request);
  if (method == "/parlor.presence.v1.Presence/Search") return lists_.Search(request);
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

}  // namespace parlor::client
