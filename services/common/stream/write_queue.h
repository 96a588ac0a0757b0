// Frames that wait for the one being written. Bounded in frames and bytes. Not thread-safe.
#ifndef PARLOR_SERVICES_COMMON_STREAM_WRITE_QUEUE_H_
#define PARLOR_SERVICES_COMMON_STREAM_WRITE_QUEUE_H_

#include <cstddef>
#include <list>
#include <memory>
#include <utility>

namespace parlor::service {

// `Frame` is a protobuf message. A list, because most queues are empty most of the time and an empty list
// holds no memory.
template <typename Frame>
class WriteQueue {
 public:
  // False, and not taken, if the queue would hold more than that.
  bool Push(std::shared_ptr<const Frame> frame, size_t max_frames, size_t max_bytes) {
    const size_t size = frame->ByteSizeLong();
    if (frames_.size() >= max_frames || bytes_ + size > max_bytes) return false;
    bytes_ += size;
    frames_.push_back({std::move(frame), size});
    return true;
  }

  // Null when empty.
  std::shared_ptr<const Frame> Pop() {
    if (frames_.empty()) return nullptr;
    std::shared_ptr<const Frame> frame = std::move(frames_.front().frame);
    bytes_ -= frames_.front().size;
    frames_.pop_front();
    return frame;
  }

  void Clear() {
    frames_.clear();
    bytes_ = 0;
  }

 private:
  struct Entry {
    std::shared_ptr<const Frame> frame;
    size_t size;
  };
  std::list<Entry> frames_;
  size_t bytes_ = 0;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_STREAM_WRITE_QUEUE_H_
