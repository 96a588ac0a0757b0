// Standard input and output beside a loop. Threads wait for them, because a descriptor that other processes
// share must not be made non-blocking, and files cannot be polled.
#ifndef PARLOR_CLIENT_UI_STANDARD_STREAMS_H_
#define PARLOR_CLIENT_UI_STANDARD_STREAMS_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/loop/loop.h"

namespace parlor::client {

// While more than this waits for a reader that is slow, nothing else may: about 50,000 messages.
inline constexpr size_t kMaxWaitingOutputBytes = 32 << 20;

// Reads until the end of the input or its own. Reads no further than the loop has come.
class InputReader {
 public:
  struct Handlers {  // on the loop
    std::function<void(absl::string_view bytes)> on_bytes;
    std::function<void()> on_end;  // once, last
  };

  // `fd` stays the caller's; `loop` outlives this. Destroy it on the loop's thread.
  InputReader(Loop& loop, int fd, Handlers handlers);
  ~InputReader();
  InputReader(const InputReader&) = delete;
  InputReader& operator=(const InputReader&) = delete;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

// Writes in order, and never makes the loop wait.
class OutputWriter {
 public:
  // `on_failed`, on the loop, once: nobody reads any more, or more than kMaxWaitingOutputBytes wait. Nothing
  // is written after it.
  OutputWriter(Loop& loop, int fd, std::function<void(const absl::Status&)> on_failed);
  // Writes what waits, for at most 2 s.
  ~OutputWriter();
  OutputWriter(const OutputWriter&) = delete;
  OutputWriter& operator=(const OutputWriter&) = delete;

  void Write(absl::string_view bytes);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_STANDARD_STREAMS_H_
