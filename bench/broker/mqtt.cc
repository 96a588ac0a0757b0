#include "bench/broker/mqtt.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace parlor::bench {
namespace {

constexpr uint8_t kReservedFlags = 2;  // of SUBSCRIBE: the standard wants these
constexpr uint8_t kQosBits = 0x06;     // of PUBLISH's flags
constexpr uint16_t kKeepAlive = 90;    // seconds; the broker waits one and a half times as long
constexpr uint16_t kSubscription = 1;  // the identifier of our one request
constexpr size_t kMaxLengthBytes = 4;  // of the length in a header, seven bits each
constexpr uint8_t kMoreLength = 0x80;  // another byte of it follows
constexpr uint8_t kSubackFailure = 0x80;

std::string Uint16(size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string Text(absl::string_view text) {
  return absl::StrCat(Uint16(text.size()), text);
}

uint8_t Byte(absl::string_view bytes, size_t index) {
  return static_cast<uint8_t>(bytes[index]);
}

// CONNACK's return code (section 3.2.2.3) in words.
absl::string_view WhyRefused(uint8_t code) {
  constexpr absl::string_view kReasons[] = {"",
                                            "it does not speak MQTT 3.1.1",
                                            "it does not like the identifier",
                                            "it is unavailable",
                                            "wrong user or password",
                                            "it wants a user and a password: allow anonymous clients"};
  return code < std::size(kReasons) ? kReasons[code] : "for an unknown reason";
}

absl::Status CheckConnack(absl::string_view body) {
  if (body.size() != 2) return absl::InvalidArgumentError("a malformed CONNACK");
  const uint8_t code = Byte(body, 1);
  if (code == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the MQTT broker refuses us: ", WhyRefused(code)));
}

absl::Status CheckSuback(absl::string_view body) {
  if (body.size() != 3) return absl::InvalidArgumentError("a malformed SUBACK");
  if (Byte(body, 2) != kSubackFailure) return absl::OkStatus();
  return absl::FailedPreconditionError("the MQTT broker does not let us read the topic");
}

struct Published {
  absl::string_view topic;
  absl::string_view text;
};

// What was subscribed to at QoS 0 comes at QoS 0, so that no identifier stands before the text.
absl::StatusOr<Published> ParsePublish(const MqttPacket& packet) {
  const absl::string_view body = packet.body;
  const bool has_length = body.size() >= 2;
  const size_t topic = has_length ? size_t{Byte(body, 0)} << 8 | Byte(body, 1) : 0;
  if ((packet.flags & kQosBits) != 0 || !has_length || body.size() - 2 < topic) {
    return absl::InvalidArgumentError("a PUBLISH that is malformed, or not of QoS 0");
  }
  return Published{body.substr(2, topic), body.substr(2 + topic)};
}

std::string Subscription(absl::string_view topic) {
  constexpr char kAtMostOnce = 0;  // QoS 0
  return MqttWire(MqttType::kSubscribe, kReservedFlags,
                  absl::StrCat(Uint16(kSubscription), Text(topic), absl::string_view(&kAtMostOnce, 1)));
}

}  // namespace

absl::StatusOr<std::optional<MqttPacket>> FrontMqttPacket(absl::string_view bytes) {
  size_t length = 0;
  size_t at = 1;
  for (;; ++at) {
    if (at > kMaxLengthBytes) {
      return absl::InvalidArgumentError("a malformed packet: is this the port of an MQTT broker?");
    }
    if (at >= bytes.size()) return std::nullopt;
    const uint8_t byte = Byte(bytes, at);
    length |= static_cast<size_t>(byte & ~kMoreLength) << (7 * (at - 1));
    if ((byte & kMoreLength) == 0) break;
  }
  if (length > kMaxMqttBody) {
    return absl::InvalidArgumentError(
        absl::StrCat("a packet of ", length, " bytes: is this the port of an MQTT broker?"));
  }
  const size_t header = at + 1;
  if (bytes.size() - header < length) return std::nullopt;
  return MqttPacket{static_cast<MqttType>(Byte(bytes, 0) >> 4), static_cast<uint8_t>(Byte(bytes, 0) & 0x0f),
                    bytes.substr(header, length), header + length};
}

std::string MqttWire(MqttType type, uint8_t flags, absl::string_view body) {
  std::string wire(1, static_cast<char>(static_cast<uint8_t>(type) << 4 | flags));
  size_t length = body.size();
  do {
    const size_t low = length & 0x7f;
    length >>= 7;
    wire.push_back(static_cast<char>(length > 0 ? low | kMoreLength : low));
  } while (length > 0);
  absl::StrAppend(&wire, body);
  return wire;
}

MqttClient::MqttClient(std::string client_id, std::string topic)
    : client_id_(std::move(client_id)), topic_(std::move(topic)) {}

std::string MqttClient::Greeting() const {
  constexpr char kLevel = 4;         // 3.1.1
  constexpr char kCleanSession = 2;  // nothing is kept for us
  return MqttWire(
      MqttType::kConnect, 0,
      absl::StrCat(Text("MQTT"), std::string{kLevel, kCleanSession}, Uint16(kKeepAlive), Text(client_id_)));
}

std::string MqttClient::Say(absl::string_view text) const {
  return MqttWire(MqttType::kPublish, 0, absl::StrCat(Text(topic_), text));
}

std::string MqttClient::StayAlive() const {
  return MqttWire(MqttType::kPingreq, 0, "");
}

absl::Status MqttClient::Take(absl::string_view bytes, std::string& reply,
                              absl::FunctionRef<void(absl::string_view text)> heard) {
  absl::StrAppend(&unread_, bytes);
  absl::string_view rest = unread_;
  for (;;) {
    PARLOR_ASSIGN_OR_RETURN(const std::optional<MqttPacket> packet, FrontMqttPacket(rest));
    if (!packet.has_value()) break;
    PARLOR_RETURN_IF_ERROR(TakePacket(*packet, reply, heard));
    rest.remove_prefix(packet->wire_size);
  }
  unread_.erase(0, unread_.size() - rest.size());
  return absl::OkStatus();
}

absl::Status MqttClient::TakePacket(const MqttPacket& packet, std::string& reply,
                                    absl::FunctionRef<void(absl::string_view text)> heard) {
  switch (packet.type) {
    case MqttType::kConnack:
      PARLOR_RETURN_IF_ERROR(CheckConnack(packet.body));
      absl::StrAppend(&reply, Subscription(topic_));
      return absl::OkStatus();
    case MqttType::kSuback:
      PARLOR_RETURN_IF_ERROR(CheckSuback(packet.body));
      ready_ = true;
      return absl::OkStatus();
    case MqttType::kPublish: {
      PARLOR_ASSIGN_OR_RETURN(const Published published, ParsePublish(packet));
      if (published.topic == topic_) heard(published.text);
      return absl::OkStatus();
    }
    case MqttType::kPingresp:
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("a packet of type ", static_cast<int>(packet.type), ", which no broker sends"));
  }
}

}  // namespace parlor::bench
