// A gRPC service with one method of each kind that adapters write, and a server around it.
#ifndef PARLOR_TESTS_SERVICES_COMMON_RPC_TEST_ROOMS_H_
#define PARLOR_TESTS_SERVICES_COMMON_RPC_TEST_ROOMS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "parlor/rooms/v1/rooms.grpc.pb.h"
#include "services/common/rpc/call.h"
#include "services/common/rpc/server.h"
#include "tests/services/common/temp_dir.h"
#include "tests/services/common/tokens.h"

namespace parlor::testing {

// ListRooms answers here, SetTopic on the pool, GetKeys without a token; EnterRoom stays open until
// EndStreams().
class TestRooms final : public rooms::v1::Rooms::CallbackService {
 public:
  TestRooms(const service::CallTools& tools, service::BlockingPool* pool) : tools_(tools), pool_(*pool) {}

  grpc::ServerUnaryReactor* ListRooms(grpc::CallbackServerContext* context,
                                      const rooms::v1::ListRoomsRequest* /*request*/,
                                      rooms::v1::ListRoomsResponse* response) override {
    return service::AnswerHere(context, tools_, {"ListRooms", service::Access::kToken},
                               [=](const service::CallInfo& call) {
                                 response->set_next_page_token(call.caller.user + "@" + call.ip);
                                 return absl::OkStatus();
                               });
  }

  grpc::ServerUnaryReactor* SetTopic(grpc::CallbackServerContext* context,
                                     const rooms::v1::SetTopicRequest* request,
                                     rooms::v1::SetTopicResponse* /*response*/) override {
    return service::AnswerOnPool(
        context, tools_, {"SetTopic", service::Access::kToken}, pool_,
        [this, request](const service::CallInfo& call) { return on_set_topic(*request, call); });
  }

  grpc::ServerUnaryReactor* GetKeys(grpc::CallbackServerContext* context,
                                    const rooms::v1::GetKeysRequest* /*request*/,
                                    rooms::v1::GetKeysResponse* response) override {
    return service::AnswerHere(context, tools_, {"GetKeys", service::Access::kOpen},
                               [=](const service::CallInfo&) {
                                 response->set_server_time_ms(1);
                                 return absl::OkStatus();
                               });
  }

  grpc::ServerBidiReactor<rooms::v1::EnterRoomRequest, rooms::v1::EnterRoomResponse>* EnterRoom(
      grpc::CallbackServerContext* /*context*/) override {
    class Stream final
        : public grpc::ServerBidiReactor<rooms::v1::EnterRoomRequest, rooms::v1::EnterRoomResponse> {
     public:
      explicit Stream(TestRooms* rooms) : rooms_(rooms) {
        absl::MutexLock lock(&rooms_->mutex_);
        rooms_->stream_ = this;
        StartWrite(&hello_);
      }
      void OnCancel() override { End(grpc::Status(grpc::StatusCode::CANCELLED, "cancelled")); }
      void OnDone() override { delete this; }
      void End(const grpc::Status& status) {
        {
          absl::MutexLock lock(&rooms_->mutex_);
          if (rooms_->stream_ != this) return;
          rooms_->stream_ = nullptr;
        }
        Finish(status);
      }

     private:
      TestRooms* const rooms_;
      const rooms::v1::EnterRoomResponse hello_;
    };
    return new Stream(this);
  }

  bool HasStream() {
    absl::MutexLock lock(&mutex_);
    return stream_ != nullptr;
  }

  // Says goodbye to the one stream.
  void EndStreams() {
    grpc::ServerBidiReactor<rooms::v1::EnterRoomRequest, rooms::v1::EnterRoomResponse>* stream = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      std::swap(stream, stream_);
    }
    if (stream != nullptr) stream->Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "come back later"));
  }

  // What SetTopic does, on the pool. Set before the first call.
  std::function<absl::Status(const rooms::v1::SetTopicRequest&, const service::CallInfo&)> on_set_topic =
      [](const auto&, const auto&) { return absl::OkStatus(); };

 private:
  const service::CallTools tools_;
  service::BlockingPool& pool_;

  absl::Mutex mutex_;
  grpc::ServerBidiReactor<rooms::v1::EnterRoomRequest, rooms::v1::EnterRoomResponse>* stream_
      ABSL_GUARDED_BY(mutex_) = nullptr;
};

// TLS on loopback, a token for "ada", a pool of one thread and one place in its queue.
class TestServer {
 public:
  explicit TestServer(service::ServerOptions options = {}, const service::RpcMetrics* metrics = nullptr)
      : rooms{{&clock, &tokens, &proxies, metrics}, &pool} {
    auto trust = service::OpenTrust(dir_ / "trust", absl::Now());
    EXPECT_TRUE(trust.ok()) << trust.status();
    tls_ = trust->tls;
    options.listen = "127.0.0.1:0";
    if (!options.insecure) options.tls = tls_;
    Start(options);
  }

  void Start(const service::ServerOptions& options) {
    options_ = options;
    auto started = service::Server::Start(options, {{&rooms, rooms::v1::Rooms::service_full_name()}});
    EXPECT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }

  // On the same port.
  void Restart() {
    const int old_port = port();
    server_ = nullptr;
    options_.listen = "127.0.0.1:" + std::to_string(old_port);
    Start(options_);
  }

  int port() const { return server_->port(); }
  service::Server& server() { return *server_; }
  const service::ServiceTls& tls() const { return tls_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }

  // `authorization` for ada's device d1.
  std::string Bearer() const { return "Bearer " + auth.Access("ada", "d1", absl::Now() + absl::Minutes(10)); }

  const TokenMaker auth{};
  const SystemClock clock;
  service::KeySet keys{auth.keys()};
  service::Revocations revocations{kIssuer, &keys};
  service::TokenVerifier tokens{&keys, &revocations, {.issuer = kIssuer}};
  service::TrustedProxies proxies = *service::TrustedProxies::Parse({"127.0.0.0/8"});
  service::BlockingPool pool{{.threads = 1, .queue = 1}};
  TestRooms rooms;

 private:
  TempDir dir_;
  service::ServiceTls tls_;
  service::ServerOptions options_;
  std::unique_ptr<service::Server> server_;
};

}  // namespace parlor::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_RPC_TEST_ROOMS_H_
