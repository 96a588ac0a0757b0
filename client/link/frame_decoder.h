// Takes a stream of bytes apart into frames: 4 bytes of length, big-endian, 1 to kMaxFrameSize, and the
// payload (protos/parlor/peer/v1/peer.proto). Pure.
#ifndef PARLOR_CLIENT_LINK_FRAME_DECODER_H_
#define PARLOR_CLIENT_LINK_FRAME_DECODER_H_

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parlor::client {

inline constexpr size_t kFrameHeaderSize = 4;

class FrameDecoder {
 public:
  // The frame is valid during the call. False: stop, and take nothing of what follows.
  using OnFrame = absl::FunctionRef<bool(absl::string_view frame)>;

  // Hands over every frame that `bytes` complete, without copying those that lie in them whole, and keeps the
  // rest. INVALID_ARGUMENT for a length out of range, before memory is taken for it; the decoder then stays
  // broken, since nobody knows where the next frame begins. `on_frame` must not call the decoder.
  absl::Status Feed(absl::string_view bytes, OnFrame on_frame);

  // What is kept of a frame that is not complete, its header included.
  size_t buffered_bytes() const { return partial_.size(); }

 private:
  // Moves from `bytes` to `partial_` what it lacks to have `size` bytes; true if it has them now.
  bool FillPartial(absl::string_view& bytes, size_t size);

  std::string partial_;
  absl::Status broken_;
};

// True if `bytes` begin with a whole frame, or with a length that no frame has (which Feed will refuse).
bool StartsWithWholeFrame(absl::string_view bytes);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_FRAME_DECODER_H_
