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
#include "client/link/udp/udp_address.h"
#include "client/link/udp/udp_batch.h"
#include "client/loop/asio_loop.h"

namespace parlor::client {

// Loop thread only. Never blocks: what the kernel does not take is lost, as on the network.
class UdpSocket {
 public:
  static constexpr size_t kBatch = 32;             // packets received in one call
  static constexpr size_t kMaxDatagram = 2048;     // longer ones are dropped: nobody was told to send such
  static constexpr int kBufferSize = 1024 * 1024;  // of the kernel, each way; it may grant less

  struct Packet {
    absl::string_view bytes;  // valid during the call
    UdpAddress from;
    UdpAddress to;  // our address that it came to, without the port
  };

  // On [::], IPv4 included, or on 0.0.0.0 where there is no IPv6. Port 0: any. ALREADY_EXISTS: in use.
  static absl::StatusOr<std::unique_ptr<UdpSocket>> Open(AsioLoop& loop, uint16_t port);

  uint16_t port() const { return port_; }
  bool has_ipv6() const { return has_ipv6_; }

  // Calls once when there is something to receive, or an error to be told.
  void Await(std::function<void()> run);

  // Hands over what has come, at most kBatch packets. True if there may be more.
  bool Receive(absl::FunctionRef<void(const Packet& packet)> take);

  // Queues a packet; `from`: the address of ours that it must leave from, or any.
  void Send(absl::string_view packet, const UdpAddress& to, const UdpAddress& from);
  // Sends what is queued.
  void Flush();

  // What went wrong since the last call, with whom: ICMP errors, and what the kernel did not want to send.
  void TakeErrors(absl::FunctionRef<void(const UdpAddress& to, int error)> take);

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
