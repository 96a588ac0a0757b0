// What one frame holds at most (protos/parlor/peer/v1/peer.proto): senders keep to it, and receivers look at
// no more.
#ifndef PARLOR_CLIENT_OVERLAY_FRAME_LIMITS_H_
#define PARLOR_CLIENT_OVERLAY_FRAME_LIMITS_H_

namespace parlor::client::overlay {

inline constexpr int kMaxHaves = 256;
inline constexpr int kMaxWants = 64;
inline constexpr int kMaxMembersTold = 16;
inline constexpr int kMaxRelaysTold = 64;

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_FRAME_LIMITS_H_
