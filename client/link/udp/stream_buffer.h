// Frames on their way, with their lengths before them, kept until the other side has acknowledged them: QUIC
// repeats from here what was lost, so bytes stay where they are. Pure.
#ifndef PARLOR_CLIENT_LINK_UDP_STREAM_BUFFER_H_
#define PARLOR_CLIENT_LINK_UDP_STREAM_BUFFER_H_

#include <cstddef>
#include <deque>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parlor::client {

class StreamBuffer {
 public:
  // Copies `frame` to the end. INVALID_ARGUMENT: empty, or longer than kMaxFrameSize. RESOURCE_EXHAUSTED:
  // more than kMaxQueuedBytes would wait. In both cases nothing was added. (As FrameQueue::Add.)
  absl::Status Add(absl::string_view frame);

  // What to send next, in one piece of what may be several; empty when everything is sent. Stays in place
  // until it is acknowledged.
  absl::string_view Unsent() const;
  // The first `count` bytes of Unsent() are sent. Whoever loses them sends them again from where they are.
  void MarkSent(size_t count);

  // The oldest `count` bytes that were sent have arrived.
  void Acknowledge(size_t count);

  // Not acknowledged, headers included.
  size_t bytes() const { return bytes_; }
  bool all_sent() const { return unsent_bytes_ == 0; }

 private:
  struct Chunk {
    std::unique_ptr<char[]> memory;
    size_t capacity = 0;
    size_t size = 0;
  };

  void Append(absl::string_view bytes, size_t to_come);
  Chunk& Room(size_t to_come);
  void DropAcknowledged();

  std::deque<Chunk> chunks_;
  size_t acknowledged_ = 0;  // bytes of the first chunk
  size_t sending_ = 0;       // the chunk that Unsent() is of
  size_t sent_ = 0;          // bytes of that
  size_t bytes_ = 0;
  size_t unsent_bytes_ = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_STREAM_BUFFER_H_
