// A stream between a person and FakeServer. For its .cc files only.
#ifndef PARLOR_TESTS_CLIENT_CORE_FAKE_STREAM_H_
#define PARLOR_TESTS_CLIENT_CORE_FAKE_STREAM_H_

#include <memory>
#include <string>
#include <utility>

#include "google/protobuf/message_lite.h"
#include "tests/client/core/fake_server.h"

namespace parlor::client {

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

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_CORE_FAKE_STREAM_H_
