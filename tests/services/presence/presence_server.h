// Presence as it ships, over real gRPC on a free loopback port, with a clock that stands still until told.
#ifndef PARLOR_TESTS_SERVICES_PRESENCE_PRESENCE_SERVER_H_
#define PARLOR_TESTS_SERVICES_PRESENCE_PRESENCE_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "parlor/presence/v1/presence.grpc.pb.h"
#include "prometheus/registry.h"
#include "services/common/key_set.h"
#include "services/common/revocations.h"
#include "services/common/rpc/server.h"
#include "services/common/token_verifier.h"
#include "services/presence/presence_module.h"
#include "tests/services/common/tokens.h"

namespace parlor::presence {

// One client's Connect stream. Reads by itself, on a thread, unless it was made to wait.
class TestStream {
 public:
  enum class Reading { kAtOnce, kLater };

  TestStream(v1::Presence::Stub& stub, const std::string& token, Reading reading = Reading::kAtOnce);
  // Cancels.
  ~TestStream();

  void Send(const v1::ConnectRequest& frame) { stream_->Write(frame); }
  void SendHello(const v1::Hello& hello = {});
  void StartReading();
  void Cancel() { context_.TryCancel(); }

  // The next frame that nobody has taken yet; fails the test when none comes within 10 s or the stream ends.
  v1::ConnectResponse Next();
  // "bob=ONLINE": the next frame, which has to be somebody's presence.
  std::string NextPresence();
  // Says a heartbeat and waits for its answer, passing over other frames.
  void Heartbeat();
  // Waits for the stream's end; frames that nobody took are left aside.
  grpc::StatusCode End();
  bool ended() const;

 private:
  void ReadAll();

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ConnectRequest, v1::ConnectResponse>> stream_;
  std::thread reader_;

  mutable absl::Mutex mutex_;
  std::vector<v1::ConnectResponse> frames_ ABSL_GUARDED_BY(mutex_);
  size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
};

class PresenceServer {
 public:
  // Every heartbeat is answered unless told, so that a test can wait for what was told before it.
  explicit PresenceServer(PresenceOptions options = {}, const PaceOptions& pace = {.answer = 0});

  // An access token for ten minutes.
  std::string Token(const std::string& user, const std::string& device = "phone") const;
  std::string Introduction(const std::string& bearer, const std::string& device,
                           const std::string& target) const;

  // A stream of which the first frame has been welcomed.
  std::unique_ptr<TestStream> Connect(const std::string& user, const std::string& device = "phone",
                                      const v1::Hello& hello = {});
  // A stream that said nothing yet. One that reads later has a connection of its own, whose buffers stay at
  // HTTP/2's 64 KiB.
  std::unique_ptr<TestStream> Open(const std::string& user, const std::string& device = "phone",
                                   TestStream::Reading reading = TestStream::Reading::kAtOnce);

  v1::LookupResponse Lookup(const std::string& asker, const std::string& user);
  // Looks until the person is seen as this; fails the test after 10 s.
  void WaitUntilSeenAs(const std::string& user, v1::Availability availability);

  // A client's context with a token.
  static std::unique_ptr<grpc::ClientContext> WithToken(const std::string& token);

  v1::Presence::Stub& stub() { return *stub_; }
  ManualClock& clock() { return clock_; }
  service::Revocations& revocations() { return revocations_; }
  const parlor::testing::TokenMaker& auth() const { return auth_; }
  prometheus::Registry& registry() { return registry_; }
  PresenceModule& module() { return *module_; }
  service::Server& server() { return *server_; }

 private:
  ManualClock clock_;
  parlor::testing::TokenMaker auth_;
  parlor::testing::TokenMaker rooms_;
  service::KeySet auth_keys_{auth_.keys()};
  service::KeySet rooms_keys_{rooms_.keys()};
  service::Revocations revocations_{parlor::testing::kIssuer, &auth_keys_};
  service::TokenVerifier tokens_;
  prometheus::Registry registry_;
  std::unique_ptr<PresenceModule> module_;
  std::unique_ptr<service::Server> server_;
  std::unique_ptr<v1::Presence::Stub> stub_;
  std::unique_ptr<v1::Presence::Stub> narrow_stub_;
};

}  // namespace parlor::presence

#endif  // PARLOR_TESTS_SERVICES_PRESENCE_PRESENCE_SERVER_H_
