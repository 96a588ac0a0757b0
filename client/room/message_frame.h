// Frames of messages, put together from messages that are serialized already: one goes to many, and is
// passed on as it came. Pure.
#ifndef PARLOR_CLIENT_ROOM_MESSAGE_FRAME_H_
#define PARLOR_CLIENT_ROOM_MESSAGE_FRAME_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/overlay/gossip_id.h"

namespace parlor::client {

// peer.v1.SignedMessage without what changes on the way: Payload::bytes.
std::string SignedMessageBytes(absl::string_view body, absl::string_view signature);

// What one frame of messages holds before it is sent.
inline constexpr size_t kMessageFrameBytes = 64 * 1024;

// A peer.v1.Frame with RoomMessages. `proofs`: serialized peer.v1.AuthorProof. `past`: an answer that is not
// passed on.
std::string MessageFrame(absl::string_view room, const std::vector<overlay::Payload>& messages,
                         const std::vector<std::string>& proofs, bool past = false);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_MESSAGE_FRAME_H_
