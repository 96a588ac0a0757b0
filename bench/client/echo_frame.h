// What the echoes send: one frame of 100 B, with 4 bytes of length before it on the wire.
#ifndef PARLOR_BENCH_CLIENT_ECHO_FRAME_H_
#define PARLOR_BENCH_CLIENT_ECHO_FRAME_H_

#include <cstddef>
#include <string>

#include "client/link/frame_decoder.h"

namespace parlor::bench {

inline constexpr size_t kEchoFrameSize = 100;
inline constexpr size_t kEchoWireSize = client::kFrameHeaderSize + kEchoFrameSize;

inline std::string EchoFrame() {
  return std::string(kEchoFrameSize, 'e');
}

inline std::string EchoOnWire() {
  return std::string({0, 0, 0, static_cast<char>(kEchoFrameSize)}) + EchoFrame();
}

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_ECHO_FRAME_H_
