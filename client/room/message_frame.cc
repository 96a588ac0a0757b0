#include "client/room/message_frame.h"

#include <cstdint>

#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client {
namespace {

using peer::v1::RoomMessages;
using peer::v1::SignedMessage;

constexpr uint64_t kVarint = 0;
constexpr uint64_t kLengthDelimited = 2;

void AppendVarint(uint64_t value, std::string& to) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<char>((value & 0x7f) | 0x80));
  to.push_back(static_cast<char>(value));
}

void AppendNumber(int field, uint64_t value, std::string& to) {
  if (value == 0) return;
  AppendVarint(static_cast<uint64_t>(field) << 3 | kVarint, to);
  AppendVarint(value, to);
}

void AppendHead(int field, size_t length, std::string& to) {
  AppendVarint(static_cast<uint64_t>(field) << 3 | kLengthDelimited, to);
  AppendVarint(length, to);
}

void AppendBytes(int field, absl::string_view bytes, std::string& to) {
  AppendHead(field, bytes.size(), to);
  to.append(bytes.data(), bytes.size());
}

// Fields of one message may stand in any order: what changes on the way follows what does not.
void AppendMessage(const overlay::Payload& payload, std::string& to) {
  std::string way;
  AppendNumber(SignedMessage::kHopsFieldNumber, payload.hops, way);
  AppendNumber(SignedMessage::kDetourFieldNumber, payload.detour ? 1 : 0, way);
  AppendHead(RoomMessages::kMessagesFieldNumber, payload.bytes->size() + way.size(), to);
  to.append(*payload.bytes);
  to.append(way);
}

}  // namespace

std::string SignedMessageBytes(absl::string_view body, absl::string_view signature) {
  std::string bytes;
  bytes.reserve(body.size() + signature.size() + 8);
  AppendBytes(SignedMessage::kBodyFieldNumber, body, bytes);
  AppendBytes(SignedMessage::kSignatureFieldNumber, signature, bytes);
  return bytes;
}

std::string MessageFrame(absl::string_view room, const std::vector<overlay::Payload>& messages,
                         const std::vector<std::string>& proofs, bool past) {
  std::string content;
  AppendBytes(RoomMessages::kRoomFieldNumber, room, content);
  for (const overlay::Payload& message : messages) AppendMessage(message, content);
  for (const std::string& proof : proofs) AppendBytes(RoomMessages::kProofsFieldNumber, proof, content);
  AppendNumber(RoomMessages::kPastFieldNumber, past ? 1 : 0, content);
  std::string frame;
  frame.reserve(content.size() + 8);
  AppendBytes(peer::v1::Frame::kRoomMessagesFieldNumber, content, frame);
  return frame;
}

}  // namespace parlor::client
