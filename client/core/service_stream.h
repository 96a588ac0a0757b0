// A stream to a service that is held for as long as it is wanted: opened again when it is lost, with backoff
// and a fresh token, kept alive with heartbeats. What is in the frames is its user's business.
#ifndef PARLOR_CLIENT_CORE_SERVICE_STREAM_H_
#define PARLOR_CLIENT_CORE_SERVICE_STREAM_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/core/backoff.h"
#include "client/loop/loop.h"
#include "client/rpc/rpc_channel.h"
#include "google/protobuf/message_lite.h"

namespace parlor::client {

// Loop thread only.
class ServiceStream {
 public:
  enum class Next {
    kRetry,      // as soon as backoff allows
    kRetrySlow,  // at the slowest pace: the answer will hardly change soon
    kStop,       // until Start() is called
  };

  struct Callbacks {
    // A token for the stream; called back later, never inside the call.
    std::function<void(std::function<void(absl::StatusOr<std::string>)>)> token;
    std::function<std::string()> first_frame;
    std::function<std::string()> heartbeat;
    std::function<void(const std::string& frame)> on_frame;
    // The stream ended or could not be opened. The answer decides what comes next, and is followed by
    // on_retry.
    std::function<Next(const absl::Status&)> on_lost;
    std::function<void(absl::Duration delay)> on_retry;
  };

  // `loop` and `channel` outlive this.
  ServiceStream(Loop& loop, RpcChannel& channel, std::string method, Callbacks callbacks);

  // Free to repeat. While a retry is waited for, tries at once.
  void Start();
  // The last frame, if not empty, is sent before the stream is finished.
  void Stop(const std::string& last_frame = {});

  // False: there is no open stream; nothing was sent.
  bool Send(const google::protobuf::MessageLite& frame);

  // How often the server wants to be heard, and how often at least it answers.
  struct Pace {
    absl::Duration heartbeat;
    absl::Duration answers;
  };
  // The stream is in use: the server's first frame came. Ends the backoff.
  void Established(const Pace& pace);
  // From now on; without effect on a stream that is not established.
  void SetHeartbeat(absl::Duration heartbeat);
  bool established() const { return established_; }
  // Nothing is open, and no last frame is on its way.
  bool quiet() const { return stream_ == nullptr && finished_ == nullptr; }

  // Ends the stream and opens another one after `delay`: the server goes down.
  void Reconnect(absl::Duration delay);

 private:
  void Open();
  void OnToken(absl::StatusOr<std::string> token);
  void OnFrame(const std::string& frame);
  void Lost(const absl::Status& why);
  void Beat();
  void ScheduleBeat();
  void ScheduleRetry(absl::Duration delay);

  Loop& loop_;
  RpcChannel& channel_;
  const std::string method_;
  const Callbacks callbacks_;

  bool wanted_ = false;
  bool established_ = false;
  bool awaiting_token_ = false;
  uint64_t generation_ = 0;  // of stream_
  std::unique_ptr<RpcStream> stream_;
  std::unique_ptr<RpcStream> finished_;  // its last frame is on its way
  std::unique_ptr<Timer> drop_finished_;
  Backoff backoff_;
  std::unique_ptr<Timer> retry_;
  absl::Duration heartbeat_ = absl::InfiniteDuration();
  absl::Duration patience_ = absl::InfiniteDuration();  // with a silent server
  std::unique_ptr<Timer> beat_;
  absl::Duration heard_at_;
  std::shared_ptr<ServiceStream*> alive_ = std::make_shared<ServiceStream*>(this);
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_SERVICE_STREAM_H_
