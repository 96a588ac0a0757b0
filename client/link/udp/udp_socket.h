// One UDP socket for everybody: IPv6 and IPv4, many packets a call to the kernel, and its errors.
#ifndef PARLOR_CLIENT_LINK_UDP_UDP_SOCKET_H_
#define PARLOR_CLIENT_LINK_UDP_UDP_SOCKET_H_

#include <array>
#include <asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/link/udp/datagram_socket.h"
#include "client/link/udp/udp_address.h"
#include "client/link/udp/udp_batch.h"
#include "client/loop/asio_loop.h"

namespace parlor::client {

class UdpSocket final : public DatagramSocket {
 public:
  static constexpr size_t kBatch = 32;             // packets received in one call
  static constexpr int kBufferSize = 1024 * 1024;  // of the kernel, each way; it may grant less

  // On [::], IPv4 included, or on 0.0.0.0 where there is no IPv6. Port 0: any. ALREADY_EXISTS: in use.
  static absl::StatusOr<std::unique_ptr<UdpSocket>> Open(AsioLoop& loop, uint16_t port);

  uint16_t port() const override { return port_; }
  bool has_ipv6() const override { return has_ipv6_; }
  void Await(std::function<void()> run) override;
  bool Receive(absl::FunctionRef<void(const Packet& packet)> take) override;
  void Send(absl::string_view packet, const UdpAddress& to, const UdpAddress& from) override;
  void Flush() override;
  void TakeErrors(absl::FunctionRef<void(const UdpAddress& to, int error)> take) override;

 private:
  struct Failure {
    UdpAddress to;
    int error = 0;
  };

  explicit UdpSocket(AsioLoop& loop) : socket_(loop.context()) {}
  absl::Status Bind(const asio::ip::udp& protocol, uint16_t port);
  void Configure();
  size_t SendSome(size_t first);
  void SendOneByOne(const UdpBatch::Message& message);
  void ReadErrorQueue();
  void Remember(const UdpAddress& to, int error);

  asio::ip::udp::socket socket_;
  uint16_t port_ = 0;
  bool has_ipv6_ = false;
  bool joins_ = true;  // the kernel cuts messages up
  UdpBatch batch_;
  bool errors_queued_ = false;
  std::vector<Failure> failures_;
  std::array<std::array<char, kMaxDatagram>, kBatch> buffers_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_UDP_SOCKET_H_
