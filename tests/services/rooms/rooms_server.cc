#include "tests/services/rooms/rooms_server.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/crypto/jwt.h"
#include "base/random.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace parlor::rooms::testing {
namespace {

// Longer than any test takes on a busy machine.
constexpr std::chrono::seconds kPatience{60};

v1::EnterRoomRequest EnterFrame(const std::string& room, const std::string& password, bool takeover) {
  v1::EnterRoomRequest frame;
  frame.mutable_enter()->set_room(room);
  frame.mutable_enter()->set_password(password);
  frame.mutable_enter()->set_takeover(takeover);
  return frame;
}

}  // namespace

RoomsOptions RoomsServer::DefaultOptions() {
  RoomsOptions options;
  const std::filesystem::path data = std::filesystem::temp_directory_path() / ("parlor-rooms-" + RandomId());
  std::filesystem::create_directory(data);
  options.database = data / "rooms.db";
  options.keys_directory = data / "keys";
  options.password_cost = {.memory_kib = 64, .passes = 1};
  // Time stands still but for tests that move it, often by much; those that are about heartbeats set this.
  options.stream.heartbeat = absl::Hours(10);
  options.tick = absl::Milliseconds(5);
  options.goodbye_spread = absl::Milliseconds(100);
  return options;
}

RoomsServer::RoomsServer(const RoomsOptions& options)
    : options_(options),
      auth_key_(PrivateKey::Generate()),
      auth_keys_({{"auth", auth_key_.public_key()}}),
      revocations_(kServerId, &auth_keys_) {
  Start("127.0.0.1:0");
}

RoomsServer::~RoomsServer() {
  server_.reset();
  module_.reset();
  std::filesystem::remove_all(options_.keys_directory.parent_path());
}

void RoomsServer::Start(const std::string& listen) {
  service::TokenVerifierOptions verifier;
  verifier.issuer = kServerId;
  tokens_ = std::make_unique<service::TokenVerifier>(&auth_keys_, &revocations_, verifier);
  registry_ = std::make_unique<prometheus::Registry>();
  auto module = RoomsModule::Open(options_, {.clock = &clock,
                                             .server_id = kServerId,
                                             .tokens = tokens_.get(),
                                             .revocations = &revocations_,
                                             .registry = registry_.get()});
  ASSERT_TRUE(module.ok()) << module.status();
  module_ = *std::move(module);
  service::ServerOptions server_options;
  server_options.listen = listen;
  server_options.insecure = true;
  auto server = service::Server::Start(server_options, {module_->service()});
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  server_->AddDrainHook([this](absl::Time) { module_->Drain(absl::Now()); });
}

std::unique_ptr<v1::Rooms::Stub> RoomsServer::NewStub() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // So that a stream that nobody reads fills up after 64 KiB.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  // After a restart.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 10);
  return v1::Rooms::NewStub(grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                                      grpc::InsecureChannelCredentials(), arguments));
}

void RoomsServer::Restart() {
  const std::string address = absl::StrCat("127.0.0.1:", server_->port());
  server_.reset();
  module_.reset();
  Start(address);
}

std::string RoomsServer::Token(const std::string& user, const std::string& device,
                               absl::Duration lifetime) const {
  nlohmann::json claims = {{"iss", kServerId}, {"sub", user}, {"dev", device}};
  SetTimeClaim(claims, "iat", clock.Now());
  SetTimeClaim(claims, "exp", clock.Now() + lifetime);
  return SignJwt(auth_key_, "auth", kAccessTokenType, claims);
}

void RoomsServer::Revoke(const std::string& device) {
  nlohmann::json claims = {{"iss", kServerId}, {"ver", ++revocations_version_}, {"dev", {device}}};
  SetTimeClaim(claims, "iat", clock.Now());
  const absl::Status updated =
      revocations_.Update(SignJwt(auth_key_, "auth", kRevocationsType, claims), clock.Now());
  EXPECT_TRUE(updated.ok()) << updated;
}

Person::Person(RoomsServer& server, const std::string& user, const std::string& device)
    : token(server.Token(user, device.empty() ? user + "-phone" : device)), stub_(server.NewStub()) {}

void Person::Prepare(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  context.set_wait_for_ready(true);
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
}

grpc::Status Person::Create(const v1::CreateRoomRequest& request) {
  return Call(&v1::Rooms::Stub::CreateRoom, request);
}
grpc::Status Person::Create(const std::string& room, bool stage) {
  v1::CreateRoomRequest request;
  request.set_name(room);
  request.set_stage(stage);
  return Create(request);
}
v1::ListRoomsResponse Person::List(const v1::ListRoomsRequest& request) {
  v1::ListRoomsResponse response;
  const grpc::Status status = Call(&v1::Rooms::Stub::ListRooms, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

namespace {

template <typename Request>
Request Naming(const std::string& room, const std::string& user) {
  Request request;
  request.set_room(room);
  request.set_user(user);
  return request;
}

}  // namespace

grpc::Status Person::Kick(const std::string& room, const std::string& user) {
  return Call(&v1::Rooms::Stub::Kick, Naming<v1::KickRequest>(room, user));
}
grpc::Status Person::Ban(const std::string& room, const std::string& user) {
  return Call(&v1::Rooms::Stub::Ban, Naming<v1::BanRequest>(room, user));
}
grpc::Status Person::Unban(const std::string& room, const std::string& user) {
  return Call(&v1::Rooms::Stub::Unban, Naming<v1::UnbanRequest>(room, user));
}
grpc::Status Person::Invite(const std::string& room, const std::string& user) {
  return Call(&v1::Rooms::Stub::Invite, Naming<v1::InviteRequest>(room, user));
}
grpc::Status Person::SetRole(const std::string& room, const std::string& user, v1::Role role) {
  auto request = Naming<v1::SetRoleRequest>(room, user);
  request.set_role(role);
  return Call(&v1::Rooms::Stub::SetRole, request);
}
grpc::Status Person::SetTopic(const std::string& room, const std::string& topic) {
  v1::SetTopicRequest request;
  request.set_room(room);
  request.set_topic(topic);
  return Call(&v1::Rooms::Stub::SetTopic, request);
}
grpc::Status Person::RaiseHand(const std::string& room, bool raised) {
  v1::RaiseHandRequest request;
  request.set_room(room);
  request.set_raised(raised);
  return Call(&v1::Rooms::Stub::RaiseHand, request);
}
grpc::Status Person::Close(const std::string& room) {
  v1::CloseRoomRequest request;
  request.set_room(room);
  return Call(&v1::Rooms::Stub::CloseRoom, request);
}

Visit::Visit(Person& person) {
  person.Prepare(context_);
  stream_ = person.stub().EnterRoom(&context_);
}

Visit::Visit(Person& person, const std::string& room, const std::string& password, bool takeover)
    : Visit(person) {
  Write(EnterFrame(room, password, takeover));
}

Visit::~Visit() {
  context_.TryCancel();
  if (!finished_) End();
}

v1::Entered Visit::Entered() {
  Frame frame;
  if (!Read(frame)) {
    ADD_FAILURE() << "not let in: " << End().error_message();
    return {};
  }
  EXPECT_TRUE(frame.has_entered()) << frame.ShortDebugString();
  return frame.entered();
}

Visit::Frame Visit::WaitFor(const std::function<bool(const Frame&)>& wanted) {
  Frame frame;
  while (Read(frame)) {
    if (wanted(frame)) return frame;
  }
  ADD_FAILURE() << "the stream ended before the frame came: " << End().error_message();
  return {};
}

grpc::Status Visit::End() {
  Frame frame;
  while (Read(frame)) {
  }
  finished_ = true;
  return stream_->Finish();
}

void Visit::Leave() {
  v1::EnterRoomRequest frame;
  frame.mutable_leave();
  Write(frame);
}

Den::Den() : olga(server, "olga"), bob(server, "bob") {
  const grpc::Status created = olga.Create("den");
  EXPECT_TRUE(created.ok()) << created.error_message();
  hers.emplace(olga, "den");
  hers->Entered();
}

std::function<bool(const v1::EnterRoomResponse&)> Change(v1::MemberChange::Kind kind,
                                                         const std::string& user) {
  return [kind, user](const v1::EnterRoomResponse& frame) {
    return frame.has_member() && frame.member().kind() == kind && frame.member().member().user() == user;
  };
}

}  // namespace parlor::rooms::testing
