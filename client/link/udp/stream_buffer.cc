#include "client/link/udp/stream_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/link/frame_decoder.h"
#include "client/link/link.h"

namespace parlor::client {
namespace {

// The first one is small and is kept, so that a link that chats takes no memory for each message; under load
// chunks are larger, so that a packet is rarely cut at their border.
constexpr size_t kSmallChunk = 2 * 1024;
constexpr size_t kLargeChunk = 32 * 1024;

}  // namespace

absl::Status StreamBuffer::Add(absl::string_view frame) {
  if (frame.empty()) return absl::InvalidArgumentError("an empty frame cannot be sent");
  if (frame.size() > kMaxFrameSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("a frame of ", frame.size(), " bytes is over the limit of ", kMaxFrameSize));
  }
  if (bytes_ + kFrameHeaderSize + frame.size() > kMaxQueuedBytes) {
    return absl::ResourceExhaustedError(
        "the other side takes data too slowly; wait until the link is writable again");
  }
  const size_t size = frame.size();
  const char header[kFrameHeaderSize] = {static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                                         static_cast<char>(size >> 8), static_cast<char>(size)};
  Append({header, sizeof(header)}, frame.size());
  Append(frame, 0);
  return absl::OkStatus();
}

StreamBuffer::Chunk& StreamBuffer::Room(size_t to_come) {
  if (chunks_.empty() || chunks_.back().size == chunks_.back().capacity) {
    const size_t smallest = chunks_.empty() ? kSmallChunk : kLargeChunk;
    const size_t capacity = std::clamp(to_come, smallest, std::max(smallest, kMaxFrameSize));
    chunks_.push_back({std::make_unique_for_overwrite<char[]>(capacity), capacity, 0});
  }
  return chunks_.back();
}

void StreamBuffer::Append(absl::string_view bytes, size_t to_come) {
  bytes_ += bytes.size();
  unsent_bytes_ += bytes.size();
  while (!bytes.empty()) {
    Chunk& chunk = Room(bytes.size() + to_come);
    const size_t taken = std::min(bytes.size(), chunk.capacity - chunk.size);
    std::memcpy(chunk.memory.get() + chunk.size, bytes.data(), taken);
    chunk.size += taken;
    bytes.remove_prefix(taken);
  }
}

absl::string_view StreamBuffer::Unsent() const {
  if (unsent_bytes_ == 0) return {};
  const Chunk& chunk = chunks_[sending_];
  if (sent_ < chunk.size) return {chunk.memory.get() + sent_, chunk.size - sent_};
  const Chunk& next = chunks_[sending_ + 1];
  return {next.memory.get(), next.size};
}

void StreamBuffer::MarkSent(size_t count) {
  if (count == 0) return;
  if (sent_ == chunks_[sending_].size) {
    ++sending_;
    sent_ = 0;
  }
  sent_ += count;
  unsent_bytes_ -= count;
}

void StreamBuffer::Acknowledge(size_t count) {
  bytes_ -= count;
  acknowledged_ += count;
  DropAcknowledged();
}

void StreamBuffer::DropAcknowledged() {
  while (sending_ > 0 && acknowledged_ >= chunks_.front().size) {
    acknowledged_ -= chunks_.front().size;
    chunks_.pop_front();
    --sending_;
  }
  if (bytes_ > 0 || chunks_.empty()) return;
  // Everything has arrived: the one chunk left begins anew, or is given back if it is large.
  acknowledged_ = sent_ = 0;
  if (chunks_.front().capacity > kSmallChunk) {
    chunks_.clear();
  } else {
    chunks_.front().size = 0;
  }
}

}  // namespace parlor::client
