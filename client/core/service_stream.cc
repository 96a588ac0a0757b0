#include "client/core/service_stream.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/retry.h"

namespace parlor::client {
namespace {

constexpr absl::Duration kFirstRetry = absl::Milliseconds(500);
constexpr absl::Duration kLastRetry = absl::Seconds(30);

// So many heartbeats may be on their way when an answer is due. A server that is silent for longer is gone,
// whatever TCP says.
constexpr int kBeatsOfGrace = 3;

// For a last frame to leave.
constexpr absl::Duration kFinishTime = absl::Seconds(1);

// For the first frame of the server. Who comes back with thousands waits for their turn: to give up and to
// come again would make it longer for all.
constexpr absl::Duration kOpenTimeout = absl::Seconds(20);

}  // namespace

ServiceStream::ServiceStream(Loop& loop, RpcChannel& channel, std::string method, Callbacks callbacks)
    : loop_(loop),
      channel_(channel),
      method_(std::move(method)),
      callbacks_(std::move(callbacks)),
      backoff_(kFirstRetry, kLastRetry) {}

void ServiceStream::Start() {
  wanted_ = true;
  if (stream_ != nullptr || awaiting_token_) return;
  backoff_.Reset();
  Open();
}

void ServiceStream::Stop(const std::string& last_frame) {
  wanted_ = false;
  established_ = false;
  retry_.reset();
  beat_.reset();
  if (stream_ == nullptr) return;
  if (!last_frame.empty()) stream_->Send(last_frame);
  stream_->Finish();
  // Cancelled a moment later if the server does not end it: what was sent is out by then.
  ++generation_;
  finished_ = std::move(stream_);
  drop_finished_ = loop_.After(kFinishTime, [this] { finished_.reset(); });
}

bool ServiceStream::Send(const google::protobuf::MessageLite& frame) {
  if (!established_ || stream_ == nullptr) return false;
  stream_->Send(frame.SerializeAsString());
  return true;
}

void ServiceStream::Open() {
  retry_.reset();
  stream_.reset();
  awaiting_token_ = true;
  callbacks_.token([weak = std::weak_ptr(alive_)](absl::StatusOr<std::string> token) {
    if (const auto alive = weak.lock()) (*alive)->OnToken(std::move(token));
  });
}

void ServiceStream::OnToken(absl::StatusOr<std::string> token) {
  awaiting_token_ = false;
  if (!wanted_) return;
  if (!token.ok()) return Lost(token.status());
  heartbeat_ = kOpenTimeout / (kBeatsOfGrace + 1);
  patience_ = kOpenTimeout;
  heard_at_ = loop_.Uptime();
  // A stream that was finished may still speak; nobody listens to it.
  const uint64_t generation = ++generation_;
  stream_ = channel_.OpenStream(method_, *token,
                                {[this, generation](const std::string& frame) {
                                   if (generation == generation_) OnFrame(frame);
                                 },
                                 [this, generation](const absl::Status& why) {
                                   if (generation == generation_) return Lost(why);
                                   loop_.Post([gone = std::shared_ptr<RpcStream>(std::move(finished_))] {});
                                 }});
  stream_->Send(callbacks_.first_frame());
  ScheduleBeat();
}

void ServiceStream::OnFrame(const std::string& frame) {
  heard_at_ = loop_.Uptime();
  callbacks_.on_frame(frame);
}

void ServiceStream::Established(const Pace& pace) {
  established_ = true;
  backoff_.Reset();
  heartbeat_ = pace.heartbeat;
  patience_ = std::max(pace.answers, pace.heartbeat) + pace.heartbeat * kBeatsOfGrace;
  ScheduleBeat();
}

void ServiceStream::SetHeartbeat(absl::Duration heartbeat) {
  if (!established_ || heartbeat == heartbeat_) return;
  patience_ += (heartbeat - heartbeat_) * kBeatsOfGrace;
  heartbeat_ = heartbeat;
  ScheduleBeat();
}

void ServiceStream::ScheduleBeat() {
  beat_ = loop_.After(heartbeat_, [this] { Beat(); });
}

void ServiceStream::Beat() {
  if (loop_.Uptime() - heard_at_ > patience_) {
    return Lost(absl::DeadlineExceededError("the server does not answer"));
  }
  if (established_ && stream_ != nullptr) stream_->Send(callbacks_.heartbeat());
  // Replaces the timer that is running this: it is done.
  loop_.Post([this, weak = std::weak_ptr(alive_)] {
    if (weak.lock() && stream_ != nullptr && wanted_) ScheduleBeat();
  });
}

void ServiceStream::Lost(const absl::Status& why) {
  established_ = false;
  // Called by the stream or the timer themselves, which may not be destroyed by that.
  loop_.Post([stream = std::shared_ptr<RpcStream>(std::move(stream_)),
              beat = std::shared_ptr<Timer>(std::move(beat_))] {});
  if (!wanted_) return;
  switch (callbacks_.on_lost(why)) {
    case Next::kStop:
      wanted_ = false;
      return;
    case Next::kRetrySlow:
      backoff_.Slowest();
      break;
    case Next::kRetry:
      break;
  }
  absl::Duration delay = backoff_.Next();
  if (const auto asked = parlor::RetryAfter(why); asked.has_value())
    delay = std::max(delay, Jittered(*asked));
  ScheduleRetry(delay);
}

void ServiceStream::Reconnect(absl::Duration delay) {
  established_ = false;
  beat_.reset();
  loop_.Post([stream = std::shared_ptr<RpcStream>(std::move(stream_))] {});
  if (wanted_) ScheduleRetry(delay);
}

void ServiceStream::ScheduleRetry(absl::Duration delay) {
  retry_ = loop_.After(delay, [this] {
    loop_.Post([done = std::shared_ptr<Timer>(std::move(retry_))] {});
    Open();
  });
  callbacks_.on_retry(delay);
}

}  // namespace parlor::client
