// One client's side of a broker's protocol: bytes that came, and bytes to send. No sockets, no clock.
#ifndef PARLOR_BENCH_BROKER_CHAT_PROTOCOL_H_
#define PARLOR_BENCH_BROKER_CHAT_PROTOCOL_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parlor::bench {

class ChatProtocol {
 public:
  virtual ~ChatProtocol() = default;

  // What the client says first.
  virtual std::string Greeting() const = 0;
  // Takes what came, cut up anywhere. `reply` grows by what is to be sent; `heard` is told each text of the
  // room, whose bytes are valid during the call. FAILED_PRECONDITION: the broker refused something;
  // INVALID_ARGUMENT: it does not speak this protocol. After an error nothing more may be given.
  virtual absl::Status Take(absl::string_view bytes, std::string& reply,
                            absl::FunctionRef<void(absl::string_view text)> heard) = 0;
  // Whether the client is in the room: what others say from now on is heard.
  virtual bool ready() const = 0;
  // A text for everybody in the room, without line ends.
  virtual std::string Say(absl::string_view text) const = 0;
  // What keeps the broker from closing a connection, said at least every 30 s; empty: nothing is needed.
  virtual std::string StayAlive() const = 0;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_BROKER_CHAT_PROTOCOL_H_
