// A QuicConnection whose owner does not keep to the protocol: what it says is changed before it is encrypted,
// so that the other side takes it for its peer's own words.
#ifndef PARLOR_TESTS_FUZZ_HOSTILE_PACKETS_H_
#define PARLOR_TESTS_FUZZ_HOSTILE_PACKETS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/link/tls_socket.h"

namespace parlor::fuzz {

// While it lives it sees every packet that is encrypted in this process; there is one at a time.
class HostilePackets {
 public:
  // What surely fits into a packet, whatever else is in there.
  static constexpr size_t kMaxPayload = 1100;

  HostilePackets();
  ~HostilePackets();
  HostilePackets(const HostilePackets&) = delete;
  HostilePackets& operator=(const HostilePackets&) = delete;

  // A datagram to be sent. The packet that has it has `payload` in place of everything, and PADDING.
  std::string Carrier(std::string payload);

  // Of the packet that is `ahead` packets ahead, of either side, `bytes` are written over those from `at` on
  // (modulo its length).
  void Change(size_t ahead, size_t at, absl::string_view bytes);

  // What Carrier was given, which is kept.
  size_t bytes() const { return bytes_; }

  // In the handshake, the side that dials or accepts says these transport parameters after its own (RFC 9000,
  // section 18). Of those that come twice, the last one counts.
  void AddParameters(client::TlsRole who, absl::string_view parameters);

  // Called with each packet's frames.
  void Rewrite(std::string& frames);
  const std::string& parameters(client::TlsRole who) const { return parameters_[static_cast<size_t>(who)]; }

 private:
  struct Overwriting {
    size_t packet = 0;
    size_t at = 0;
    std::string bytes;
  };

  std::string parameters_[2];
  std::vector<std::string> payloads_;
  std::vector<Overwriting> changes_;
  size_t packets_ = 0;
  size_t bytes_ = 0;
};

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_HOSTILE_PACKETS_H_
