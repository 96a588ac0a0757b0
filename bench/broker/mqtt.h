// A client of an MQTT 3.1.1 broker in one topic, at QoS 0: as little of it as a measurement needs.
#ifndef PARLOR_BENCH_BROKER_MQTT_H_
#define PARLOR_BENCH_BROKER_MQTT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bench/broker/chat_protocol.h"

namespace parlor::bench {

// A longer packet is an error; the format allows 256 MiB.
inline constexpr size_t kMaxMqttBody = 64 * 1024;

// Section 2.2.1 of the standard.
enum class MqttType : uint8_t {
  kConnect = 1,
  kConnack = 2,
  kPublish = 3,
  kSubscribe = 8,
  kSuback = 9,
  kPingreq = 12,
  kPingresp = 13,
};

struct MqttPacket {
  MqttType type = MqttType::kConnect;  // may be one that has no name above
  uint8_t flags = 0;                   // four bits
  absl::string_view body;              // of the bytes that were parsed
  size_t wire_size = 0;                // with the header
};

// The packet at the front of `bytes`; none when not all of it is there. INVALID_ARGUMENT: a length that is
// malformed or above kMaxMqttBody.
absl::StatusOr<std::optional<MqttPacket>> FrontMqttPacket(absl::string_view bytes);
// `body`: at most kMaxMqttBody bytes.
std::string MqttWire(MqttType type, uint8_t flags, absl::string_view body);

class MqttClient final : public ChatProtocol {
 public:
  MqttClient(std::string client_id, std::string topic);

  std::string Greeting() const override;
  // MQTT 3.1.1 has no way to say that one's own texts should not come back: `heard` gets them, too.
  absl::Status Take(absl::string_view bytes, std::string& reply,
                    absl::FunctionRef<void(absl::string_view text)> heard) override;
  bool ready() const override { return ready_; }
  std::string Say(absl::string_view text) const override;
  std::string StayAlive() const override;

 private:
  absl::Status TakePacket(const MqttPacket& packet, std::string& reply,
                          absl::FunctionRef<void(absl::string_view text)> heard);

  const std::string client_id_;
  const std::string topic_;
  std::string unread_;  // less than a packet
  bool ready_ = false;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_BROKER_MQTT_H_
