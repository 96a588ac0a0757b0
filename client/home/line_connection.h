// Lines of text, both ways, between the owner of a home and another process of the same person.
#ifndef PARLOR_CLIENT_HOME_LINE_CONNECTION_H_
#define PARLOR_CLIENT_HOME_LINE_CONNECTION_H_

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "asio/local/stream_protocol.hpp"

namespace parlor::client {

// Without the newline. A text of 64 KiB fits, escaped as JSON six times as long.
inline constexpr size_t kMaxLineBytes = 1 << 20;

// From the owner: a list of 10,000 rooms whose names and topics are as long as they may be.
inline constexpr size_t kMaxAnswerBytes = 16 << 20;

// While more than this waits for a process that does not read, no further line may.
inline constexpr size_t kMaxQueuedLineBytes = 8 << 20;

struct LineLimits {
  size_t read = kMaxLineBytes;
  size_t sent = kMaxLineBytes;
};
inline constexpr LineLimits kOwnersLimits = {.read = kMaxLineBytes, .sent = kMaxAnswerBytes};
inline constexpr LineLimits kClientsLimits = {.read = kMaxAnswerBytes, .sent = kMaxLineBytes};

// Loop thread only. Destroying it closes it without a word, also from inside a handler.
class LineConnection {
 public:
  struct Handlers {
    std::function<void(absl::string_view line)> on_line;  // without its newline; valid during the call
    // Once, last, never inside a call to this connection. OK: the other side has closed it.
    std::function<void(const absl::Status&)> on_closed;
  };

  // `slot` is let go of when the connection is closed: its maker counts by it.
  LineConnection(asio::local::stream_protocol::socket socket, LineLimits limits,
                 std::shared_ptr<void> slot = nullptr);
  ~LineConnection();
  LineConnection(const LineConnection&) = delete;
  LineConnection& operator=(const LineConnection&) = delete;

  // Nothing is read before.
  void Start(Handlers handlers);

  // Queues one line; lines of one turn of the loop leave together. INVALID_ARGUMENT: too long, or more than
  // one line; nothing else happens. UNAVAILABLE: closed. RESOURCE_EXHAUSTED: more than kMaxQueuedLineBytes
  // wait: the other side does not read, and is cut off (on_closed follows).
  absl::Status Send(absl::string_view line);

  // Writes what is queued (for at most 2 s, else on_closed says DEADLINE_EXCEEDED), then closes; on_closed
  // follows. No line is read any more.
  void Close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_HOME_LINE_CONNECTION_H_
