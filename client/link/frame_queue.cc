#include "client/link/frame_queue.h"

#include "absl/strings/str_cat.h"
#include "client/link/frame_decoder.h"
#include "client/link/link.h"

namespace parlor::client {
namespace {

// A link that was busy once does not hold megabytes for ever; one that is busy keeps its buffers.
constexpr size_t kKeptQueue = 256 * 1024;

}  // namespace

absl::Status FrameQueue::Add(absl::string_view frame) {
  if (frame.empty()) return absl::InvalidArgumentError("an empty frame cannot be sent");
  if (frame.size() > kMaxFrameSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("a frame of ", frame.size(), " bytes is over the limit of ", kMaxFrameSize));
  }
  if (bytes() + kFrameHeaderSize + frame.size() > kMaxQueuedBytes) {
    return absl::ResourceExhaustedError(
        "the other side takes data too slowly; wait until the link is writable again");
  }
  const size_t size = frame.size();
  const char header[kFrameHeaderSize] = {static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                                         static_cast<char>(size >> 8), static_cast<char>(size)};
  filling_.append(header, sizeof(header));
  filling_.append(frame.data(), frame.size());
  return absl::OkStatus();
}

absl::string_view FrameQueue::Front() {
  if (drained_ == draining_.size()) {
    draining_.clear();
    if (draining_.capacity() > kKeptQueue) draining_.shrink_to_fit();
    draining_.swap(filling_);
    drained_ = 0;
  }
  return absl::string_view(draining_).substr(drained_);
}

void FrameQueue::Consume(size_t count) {
  drained_ += count;
}

}  // namespace parlor::client
