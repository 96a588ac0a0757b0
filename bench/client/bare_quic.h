// One connection of ngtcp2 on a socket of its own, with as little around it as there can be: no loop, no
// queue, no check of who is there. It sends and counts echoes.
#ifndef PARLOR_BENCH_CLIENT_BARE_QUIC_H_
#define PARLOR_BENCH_CLIENT_BARE_QUIC_H_

#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "bench/client/devices.h"
#include "bench/client/echo_frame.h"

namespace parlor::bench {

// Thread-compatible.
class BareQuic {
 public:
  explicit BareQuic(const Device& device) : device_(device) {}
  ~BareQuic();
  BareQuic(const BareQuic&) = delete;
  BareQuic& operator=(const BareQuic&) = delete;

  absl::Status Bind();  // on a free port of the loopback interface
  absl::Status Dial(uint16_t port);
  uint16_t port() const;

  // Waits for a packet or a timer, at most `milliseconds`, and does what is to be done.
  absl::Status Step(int milliseconds);
  // Sends one echo frame.
  absl::Status Send();

  bool ready() const { return ready_; }
  // Whole echo frames that have come since the last call.
  size_t TakeFrames();

 private:
  absl::Status Setup(const ngtcp2_pkt_hd* initial);
  absl::Status Read(const uint8_t* packet, size_t size);
  absl::Status Write();
  ngtcp2_path Path();

  const Device& device_;
  int socket_ = -1;
  int epoll_ = -1;
  sockaddr_in own_{};
  sockaddr_in peer_{};
  gnutls_certificate_credentials_t credentials_ = nullptr;
  gnutls_session_t session_ = nullptr;
  ngtcp2_conn* connection_ = nullptr;
  ngtcp2_crypto_conn_ref reference_{};
  bool ready_ = false;
  int64_t stream_ = -1;
  size_t received_ = 0;  // bytes that are not taken
  size_t unsent_ = 0;    // bytes; always whole frames from the beginning, or the rest of one
  std::string frame_ = EchoOnWire();
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_BARE_QUIC_H_
