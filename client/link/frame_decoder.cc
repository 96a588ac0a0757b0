#include "client/link/frame_decoder.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "client/link/link.h"

namespace parlor::client {
namespace {

// A frame longer than this is rare; its memory is given back when it has passed.
constexpr size_t kKeptCapacity = 16 * 1024;

uint32_t ReadLength(absl::string_view header) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(header[i])); };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

absl::Status CheckLength(uint32_t length) {
  if (length >= 1 && length <= kMaxFrameSize) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the other side sent a frame of ", length,
                                                 " bytes, but 1 to ", kMaxFrameSize, " are allowed"));
}

}  // namespace

bool FrameDecoder::FillPartial(absl::string_view& bytes, size_t size) {
  const size_t taken = std::min(bytes.size(), size - std::min(size, partial_.size()));
  partial_.append(bytes.data(), taken);
  bytes.remove_prefix(taken);
  return partial_.size() >= size;
}

absl::Status FrameDecoder::Feed(absl::string_view bytes, OnFrame on_frame) {
  if (!broken_.ok()) return broken_;
  if (!partial_.empty()) {
    if (!FillPartial(bytes, kFrameHeaderSize)) return absl::OkStatus();
    const uint32_t length = ReadLength(partial_);
    if (broken_ = CheckLength(length); !broken_.ok()) return broken_;
    if (!FillPartial(bytes, kFrameHeaderSize + length)) return absl::OkStatus();
    const bool go_on = on_frame(absl::string_view(partial_).substr(kFrameHeaderSize));
    partial_.clear();
    if (partial_.capacity() > kKeptCapacity) partial_.shrink_to_fit();
    if (!go_on) return absl::OkStatus();
  }
  while (bytes.size() >= kFrameHeaderSize) {
    const uint32_t length = ReadLength(bytes);
    if (broken_ = CheckLength(length); !broken_.ok()) return broken_;
    if (bytes.size() < kFrameHeaderSize + length) break;
    const absl::string_view frame = bytes.substr(kFrameHeaderSize, length);
    bytes.remove_prefix(kFrameHeaderSize + length);
    if (!on_frame(frame)) return absl::OkStatus();
  }
  partial_.append(bytes.data(), bytes.size());
  return absl::OkStatus();
}

bool StartsWithWholeFrame(absl::string_view bytes) {
  if (bytes.size() < kFrameHeaderSize) return false;
  const uint32_t length = ReadLength(bytes);
  return !CheckLength(length).ok() || bytes.size() >= kFrameHeaderSize + length;
}

}  // namespace parlor::client
