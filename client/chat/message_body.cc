#include "client/chat/message_body.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "base/text/text.h"
#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client {
namespace {

constexpr int64_t kMaxAheadMs = 60'000;
constexpr int64_t kYear2000Ms = 946'684'800'000;
constexpr int64_t kYear2200Ms = 7'258'118'400'000;
constexpr size_t kMaxIdBytes = 128;
constexpr size_t kMaxNameBytes = 512;
constexpr size_t kHashBytes = 32;

}  // namespace

HybridTime HybridClock::Next(absl::Time now) {
  const int64_t ms = absl::ToUnixMillis(now);
  if (ms > last_.ms) {
    last_ = {ms, 0};
  } else if (last_.logical == std::numeric_limits<uint32_t>::max()) {  // as another may have counted
    last_ = {last_.ms + 1, 0};
  } else {
    ++last_.logical;
  }
  return last_;
}

void HybridClock::Observe(const HybridTime& seen, absl::Time now) {
  if (seen.ms <= absl::ToUnixMillis(now) + kMaxAheadMs) last_ = std::max(last_, seen);
}

absl::Status CheckText(absl::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("there is no text to send");
  if (text.size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the message is longer than ", kMaxTextBytes, " bytes: send it in parts"));
  }
  if (!IsValidUtf8(text)) return absl::InvalidArgumentError("the message is not valid UTF-8");
  if (text.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError("the message holds a NUL character");
  }
  return absl::OkStatus();
}

std::string EncodeBody(const DecodedBody& body) {
  peer::v1::MessageBody wire;
  wire.set_room(body.room);
  wire.set_sender(body.sender);
  wire.mutable_id()->set_device(body.id.device);
  wire.mutable_id()->set_epoch(body.id.epoch);
  wire.mutable_id()->set_number(body.id.number);
  wire.set_time_ms(body.time.ms);
  wire.set_logical(body.time.logical);
  wire.set_previous(body.previous);
  wire.set_text(body.text);
  return wire.SerializeAsString();
}

absl::StatusOr<DecodedBody> DecodeBody(absl::string_view bytes) {
  peer::v1::MessageBody wire;
  if (!wire.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("a message does not parse");
  }
  if (wire.sender().empty() || wire.sender().size() > kMaxNameBytes || wire.room().size() > kMaxIdBytes ||
      wire.id().device().empty() || wire.id().device().size() > kMaxIdBytes || wire.id().number() == 0) {
    return absl::InvalidArgumentError("a message says not who wrote it, or where");
  }
  if (wire.time_ms() < kYear2000Ms || wire.time_ms() > kYear2200Ms) {
    return absl::InvalidArgumentError("a message has an impossible time");
  }
  if (!wire.previous().empty() && wire.previous().size() != kHashBytes) {
    return absl::InvalidArgumentError("a message names its predecessor by something else than a hash");
  }
  PARLOR_RETURN_IF_ERROR(CheckText(wire.text()));
  DecodedBody body;
  body.room = std::move(*wire.mutable_room());
  body.sender = std::move(*wire.mutable_sender());
  body.id = {std::move(*wire.mutable_id()->mutable_device()), wire.id().epoch(), wire.id().number()};
  body.time = {wire.time_ms(), wire.logical()};
  body.previous = std::move(*wire.mutable_previous());
  body.text = std::move(*wire.mutable_text());
  return body;
}

absl::Time ToTime(const HybridTime& time) {
  return absl::FromUnixMillis(time.ms);
}

}  // namespace parlor::client
