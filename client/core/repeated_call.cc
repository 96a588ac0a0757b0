#include "client/core/repeated_call.h"

#include <utility>

#include "base/retry.h"
#include "client/core/backoff.h"

namespace parlor::client {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(250);
constexpr absl::Duration kLastPause = absl::Seconds(1);
// With less time than this a try would hardly be answered, and "no answer in time" tells less than the answer
// before it.
constexpr absl::Duration kShortestTry = absl::Milliseconds(500);

class RepeatedCall final : public PendingCall {
 public:
  RepeatedCall(Loop& loop, RpcChannel& channel, std::string method, std::string request, std::string token,
               RpcChannel::BytesCallback done)
      : loop_(loop),
        channel_(channel),
        method_(std::move(method)),
        request_(std::move(request)),
        token_(std::move(token)),
        done_(std::move(done)),
        until_(loop.Uptime() + kCallTimeout) {
    Try();
  }

 private:
  void Try() {
    try_ = channel_.Call(method_, request_, token_, until_ - loop_.Uptime(),
                         [this](absl::StatusOr<std::string> answer) { OnAnswer(std::move(answer)); });
  }

  void OnAnswer(absl::StatusOr<std::string> answer) {
    if (absl::IsUnavailable(answer.status())) {
      const absl::Duration asked = RetryAfter(answer.status()).value_or(absl::ZeroDuration());
      const absl::Duration pause = asked + backoff_.Next();
      if (loop_.Uptime() + pause + kShortestTry <= until_) {
        pause_ = loop_.After(pause, [this] { Try(); });
        return;
      }
    }
    // May destroy this.
    std::exchange(done_, nullptr)(std::move(answer));
  }

  Loop& loop_;
  RpcChannel& channel_;
  const std::string method_;
  const std::string request_;
  const std::string token_;
  RpcChannel::BytesCallback done_;
  const absl::Duration until_;  // by the loop's uptime
  Backoff backoff_{kFirstPause, kLastPause};
  std::unique_ptr<PendingCall> try_;
  std::unique_ptr<Timer> pause_;
};

}  // namespace

std::unique_ptr<PendingCall> CallRepeatedly(Loop& loop, RpcChannel& channel, std::string method,
                                            std::string request, std::string token,
                                            RpcChannel::BytesCallback done) {
  return std::make_unique<RepeatedCall>(loop, channel, std::move(method), std::move(request),
                                        std::move(token), std::move(done));
}

}  // namespace parlor::client
