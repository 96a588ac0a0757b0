#include "tests/services/presence/presence_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"

namespace parlor::presence {
namespace {

// Of real time: far beyond what anything takes on a busy machine.
constexpr absl::Duration kPatience = absl::Seconds(10);

}  // namespace

// ---- TestStream

TestStream::TestStream(v1::Presence::Stub& stub, const std::string& token, Reading reading) {
  if (!token.empty()) context_.AddMetadata("authorization", "Bearer " + token);
  stream_ = stub.Connect(&context_);
  if (reading == Reading::kAtOnce) StartReading();
}

TestStream::~TestStream() {
  context_.TryCancel();
  if (!reader_.joinable()) StartReading();
  reader_.join();
}

void TestStream::SendHello(const v1::Hello& hello) {
  v1::ConnectRequest frame;
  *frame.mutable_hello() = hello;
  Send(frame);
}

void TestStream::StartReading() {
  reader_ = std::thread([this] { ReadAll(); });
}

void TestStream::ReadAll() {
  v1::ConnectResponse frame;
  while (stream_->Read(&frame)) {
    absl::MutexLock lock(&mutex_);
    frames_.push_back(frame);
  }
  const grpc::Status status = stream_->Finish();
  absl::MutexLock lock(&mutex_);
  ended_ = true;
  status_ = status;
}

v1::ConnectResponse TestStream::Next() {
  absl::MutexLock lock(&mutex_);
  const auto ready = [this]()
                         ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return taken_ < frames_.size() || ended_; };
  mutex_.AwaitWithTimeout(absl::Condition(&ready), kPatience);
  if (taken_ < frames_.size()) return frames_[taken_++];
  ADD_FAILURE() << (ended_ ? absl::StrCat("the stream ended: ", status_.error_message()) : "no frame came");
  return {};
}

std::string TestStream::NextPresence() {
  const v1::ConnectResponse frame = Next();
  EXPECT_TRUE(frame.has_presence()) << frame.ShortDebugString();
  const std::string word = v1::Availability_Name(frame.presence().status().availability());
  return absl::StrCat(frame.presence().user(), "=", word.substr(std::string("AVAILABILITY_").size()));
}

void TestStream::Heartbeat() {
  v1::ConnectRequest frame;
  frame.mutable_heartbeat()->set_client_time_ms(1);
  Send(frame);
  while (!::testing::Test::HasFailure() && !Next().has_heartbeat()) {
  }
}

grpc::StatusCode TestStream::End() {
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(&ended_), kPatience)) {
    ADD_FAILURE() << "the stream did not end";
  }
  return status_.error_code();
}

bool TestStream::ended() const {
  absl::MutexLock lock(&mutex_);
  return ended_;
}

// ---- PresenceServer

PresenceServer::PresenceServer(PresenceOptions options, const PaceOptions& pace)
    : tokens_(&auth_keys_, &revocations_, {.issuer = parlor::testing::kIssuer, .on_unknown_key = nullptr}) {
  options.tick = absl::Milliseconds(5);
  options.pace = pace;
  auto module = PresenceModule::Open(options, PresenceNeeds{.clock = &clock_,
                                                            .server_id = parlor::testing::kIssuer,
                                                            .tokens = &tokens_,
                                                            .revocations = &revocations_,
                                                            .rooms_keys = &rooms_keys_,
                                                            .registry = &registry_});
  EXPECT_TRUE(module.ok()) << module.status();
  module_ = *std::move(module);
  service::ServerOptions server;
  server.listen = "127.0.0.1:0";
  server.insecure = true;
  server_ = *service::Server::Start(server, {module_->service()});
  const std::string target = absl::StrCat("127.0.0.1:", server_->port());
  stub_ = v1::Presence::NewStub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  grpc::ChannelArguments narrow;
  narrow.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  narrow.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  narrow_stub_ =
      v1::Presence::NewStub(grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), narrow));
}

std::string PresenceServer::Token(const std::string& user, const std::string& device) const {
  return auth_.Access(user, device, clock_.Now() + absl::Minutes(10));
}

std::string PresenceServer::Introduction(const std::string& bearer, const std::string& device,
                                         const std::string& target) const {
  nlohmann::json claims = {
      {"iss", parlor::testing::kIssuer}, {"sub", bearer}, {"dev", device}, {"tgt", target}, {"room", "r"}};
  SetTimeClaim(claims, "exp", clock_.Now() + absl::Seconds(60));
  return rooms_.Sign(kIntroductionType, claims);
}

std::unique_ptr<TestStream> PresenceServer::Connect(const std::string& user, const std::string& device,
                                                    const v1::Hello& hello) {
  auto stream = Open(user, device);
  stream->SendHello(hello);
  const v1::ConnectResponse first = stream->Next();
  EXPECT_TRUE(first.has_welcome()) << first.ShortDebugString();
  return stream;
}

std::unique_ptr<TestStream> PresenceServer::Open(const std::string& user, const std::string& device,
                                                 TestStream::Reading reading) {
  v1::Presence::Stub& stub = reading == TestStream::Reading::kLater ? *narrow_stub_ : *stub_;
  return std::make_unique<TestStream>(stub, Token(user, device), reading);
}

v1::LookupResponse PresenceServer::Lookup(const std::string& asker, const std::string& user) {
  const auto context = WithToken(Token(asker));
  v1::LookupRequest request;
  request.set_user(user);
  v1::LookupResponse response;
  const grpc::Status status = stub_->Lookup(context.get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

void PresenceServer::WaitUntilSeenAs(const std::string& user, v1::Availability availability) {
  const absl::Time deadline = absl::Now() + kPatience;
  v1::Availability seen = v1::AVAILABILITY_UNSPECIFIED;
  while (absl::Now() < deadline) {
    seen = Lookup("observer", user).presence().status().availability();
    if (seen == availability) return;
    std::this_thread::yield();
  }
  ADD_FAILURE() << user << " is seen as " << v1::Availability_Name(seen);
}

std::unique_ptr<grpc::ClientContext> PresenceServer::WithToken(const std::string& token) {
  auto context = std::make_unique<grpc::ClientContext>();
  if (!token.empty()) context->AddMetadata("authorization", "Bearer " + token);
  return context;
}

}  // namespace parlor::presence
