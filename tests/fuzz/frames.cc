// Bytes of a link, cut in any way, as frames.
#include "client/link/frame_decoder.h"
#include "client/link/link.h"
#include "parlor/peer/v1/peer.pb.h"
#include "tests/fuzz/fuzz.h"

namespace parlor::fuzz {
namespace {

using client::FrameDecoder;
using client::kFrameHeaderSize;
using client::kMaxFrameSize;

struct Decoded {
  std::vector<std::string> frames;
  absl::Status end;
  size_t taken = 0;     // by the frames
  size_t buffered = 0;  // by the decoder
};

Decoded Decode(const std::vector<absl::string_view>& pieces) {
  FrameDecoder decoder;
  Decoded decoded;
  for (const absl::string_view piece : pieces) {
    const absl::Status before = decoded.end;
    decoded.end = decoder.Feed(piece, [&](absl::string_view frame) {
      Promise(!frame.empty() && frame.size() <= kMaxFrameSize, "a frame has 1 to kMaxFrameSize bytes");
      decoded.taken += kFrameHeaderSize + frame.size();
      decoded.frames.emplace_back(frame);
      return true;
    });
    decoded.buffered = decoder.buffered_bytes();
    Promise(before.ok() || decoded.end == before, "a broken decoder stays broken");
    Promise(decoded.buffered < kFrameHeaderSize + kMaxFrameSize, "less than a whole frame is kept");
  }
  return decoded;
}

void CheckStop(absl::string_view bytes, const std::vector<std::string>& all, size_t wanted) {
  FrameDecoder decoder;
  std::vector<std::string> frames;
  const absl::Status status = decoder.Feed(bytes, [&](absl::string_view frame) {
    frames.emplace_back(frame);
    return frames.size() < wanted;
  });
  if (all.size() < wanted) return;
  Promise(
      status.ok() && frames == std::vector<std::string>(all.begin(), all.begin() + static_cast<long>(wanted)),
      "whoever says stop gets nothing more");
}

void CheckParsing(const std::string& bytes) {
  peer::v1::Frame frame;
  if (!frame.ParseFromString(bytes)) return;
  const std::string once = frame.SerializeAsString();
  peer::v1::Frame again;
  Promise(again.ParseFromString(once) && again.kind_case() == frame.kind_case() &&
              again.SerializeAsString() == once,
          "what was parsed can be written and read");
}

std::string Framed(absl::string_view payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  return Number(static_cast<uint16_t>(size >> 16)) + Number(static_cast<uint16_t>(size)) +
         std::string(payload);
}

// A frame of every kind that there is, or may be one day: field 1 of each is "room1".
std::string EveryKind() {
  constexpr int kKinds = 63;
  constexpr uint8_t kLengthDelimited = 2;
  std::string bytes;
  for (int kind = 1; kind <= kKinds; ++kind) {
    const int tag = kind << 3 | kLengthDelimited;
    std::string frame;
    if (tag >= 0x80) frame += static_cast<char>(0x80 | (tag & 0x7f));
    frame += static_cast<char>(tag >= 0x80 ? tag >> 7 : tag);
    bytes += Framed(frame + "\x07\x0a\x05room1");
  }
  return bytes;
}

std::string Messages() {
  peer::v1::Frame frame;
  peer::v1::RoomMessages& messages = *frame.mutable_room_messages();
  messages.set_room("room1");
  for (const char* text : {"hello", "world"}) {
    peer::v1::MessageBody body;
    body.set_text(text);
    messages.add_messages()->set_body(body.SerializeAsString());
  }
  messages.add_proofs()->add_chain_der("chain");
  return Framed(frame.SerializeAsString());
}

}  // namespace

void Test(Input input) {
  const uint8_t longest = input.Byte();
  const size_t wanted = 1 + input.Byte() % 4;
  const absl::string_view bytes = input.Rest();

  const Decoded whole = Decode({bytes});
  const Decoded pieces = Decode(Pieces(bytes, longest));
  Promise(whole.frames == pieces.frames && whole.end == pieces.end,
          "frames do not depend on how they were cut");
  const absl::string_view left = bytes.substr(whole.taken);
  Promise(!whole.end.ok() || (whole.buffered == left.size() && pieces.buffered == left.size()),
          "what is no frame yet is kept");
  Promise(client::StartsWithWholeFrame(left) == !whole.end.ok(),
          "StartsWithWholeFrame and Feed agree on what is whole");
  CheckStop(bytes, whole.frames, wanted);
  for (const std::string& frame : whole.frames) CheckParsing(frame);
}

std::vector<std::string> Seeds() {
  const std::string whole("\0\0", 2), bytewise("\1\2", 2), pieces("\7\1", 2);
  const std::string too_long("\0\4\0\1", 4), longest("\0\4\0\0", 4), nothing(4, '\0');
  return {whole + EveryKind(),
          pieces + EveryKind() + Messages(),
          bytewise + Messages() + Messages(),
          pieces + Framed("no frame of ours"),
          pieces + Messages() + too_long + "x",
          bytewise + Messages() + longest + "x",
          whole + Messages() + nothing};
}

}  // namespace parlor::fuzz
