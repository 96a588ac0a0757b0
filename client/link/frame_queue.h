// Frames that wait to be written, with their lengths before them, as one run of bytes: however many wait,
// they leave in as few writes as possible. Pure.
#ifndef PARLOR_CLIENT_LINK_FRAME_QUEUE_H_
#define PARLOR_CLIENT_LINK_FRAME_QUEUE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parlor::client {

// Two buffers take turns, one being filled and one being written, so that bytes are never moved up and memory
// is taken once, not for each frame.
class FrameQueue {
 public:
  // Copies `frame` to the end. INVALID_ARGUMENT: empty, or longer than kMaxFrameSize. RESOURCE_EXHAUSTED:
  // more than kMaxQueuedBytes would wait. In both cases nothing was queued.
  absl::Status Add(absl::string_view frame);

  // What to write next; empty when nothing waits. Stays in place, and the same but for Consume, until then.
  absl::string_view Front();
  // The first `count` bytes of Front() are written.
  void Consume(size_t count);

  // Headers included.
  size_t bytes() const { return filling_.size() + draining_.size() - drained_; }

 private:
  std::string filling_;
  std::string draining_;
  size_t drained_ = 0;  // bytes of draining_ that are written
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_FRAME_QUEUE_H_
