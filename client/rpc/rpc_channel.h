// Calls to the services, as bytes: the one door between the core and gRPC. gRPC behind it in the product,
// functions in tests (tests/client/core).
#ifndef PARLOR_CLIENT_RPC_RPC_CHANNEL_H_
#define PARLOR_CLIENT_RPC_RPC_CHANNEL_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message_lite.h"

namespace parlor::client {

inline constexpr absl::Duration kCallTimeout = absl::Seconds(10);

// Destroying it cancels the call; its callback is not called any more.
class PendingCall {
 public:
  virtual ~PendingCall() = default;
};

// One open bidirectional stream. Destroying it cancels it; no handler is called any more.
class RpcStream {
 public:
  struct Handlers {
    std::function<void(const std::string& frame)> on_frame;
    std::function<void(const absl::Status&)> on_closed;  // once, last; OK: the server ended it
  };
  virtual ~RpcStream() = default;

  // Frames wait in a queue of at most 1,000; beyond that the stream is closed with RESOURCE_EXHAUSTED.
  virtual void Send(std::string frame) = 0;
  // No more frames from this side; what waits is still sent.
  virtual void Finish() = 0;
};

// Loop thread only; all callbacks come on the loop, never inside a call.
class RpcChannel {
 public:
  using BytesCallback = std::function<void(absl::StatusOr<std::string>)>;

  virtual ~RpcChannel() = default;

  // `method` as in "/parlor.auth.v1.Auth/Login". `token` goes into `authorization` unless it is empty. A
  // status from the server keeps its code, message and retry delay (base/retry.h).
  [[nodiscard]] virtual std::unique_ptr<PendingCall> Call(const std::string& method,
                                                          const std::string& request,
                                                          const std::string& token, absl::Duration timeout,
                                                          BytesCallback done) = 0;

  [[nodiscard]] virtual std::unique_ptr<RpcStream> OpenStream(const std::string& method,
                                                              const std::string& token,
                                                              RpcStream::Handlers handlers) = 0;
};

// Call with messages.
template <typename Response>
std::unique_ptr<PendingCall> Call(RpcChannel& channel, const std::string& method,
                                  const google::protobuf::MessageLite& request, const std::string& token,
                                  std::function<void(absl::StatusOr<Response>)> done,
                                  absl::Duration timeout = kCallTimeout) {
  return channel.Call(
      method, request.SerializeAsString(), token, timeout,
      [done = std::move(done)](absl::StatusOr<std::string> bytes) {
        if (!bytes.ok()) return done(std::move(bytes).status());
        Response response;
        if (!response.ParseFromString(*bytes)) {
          return done(absl::InternalError("the server's answer makes no sense to this version"));
        }
        done(std::move(response));
      });
}

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_RPC_RPC_CHANNEL_H_
