// What UdpEndpoint needs of a UDP socket: UdpSocket in the product, a wire of their own in tests.
#ifndef PARLOR_CLIENT_LINK_UDP_DATAGRAM_SOCKET_H_
#define PARLOR_CLIENT_LINK_UDP_DATAGRAM_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "client/link/udp/udp_address.h"

namespace parlor::client {

// Loop thread only. Never blocks: what cannot be sent at once is lost, as on the network.
class DatagramSocket {
 public:
  // Longer ones are dropped: nobody was told to send such. Empty ones too.
  static constexpr size_t kMaxDatagram = 2048;

  struct Packet {
    absl::string_view bytes;  // valid during the call
    UdpAddress from;
    UdpAddress to;  // our address that it came to, without the port
  };

  virtual ~DatagramSocket() = default;

  virtual uint16_t port() const = 0;
  virtual bool has_ipv6() const = 0;

  // Calls once when there is something to receive, or an error to be told.
  virtual void Await(std::function<void()> run) = 0;

  // Hands over some of what has come. True if there may be more.
  virtual bool Receive(absl::FunctionRef<void(const Packet& packet)> take) = 0;

  // Queues a packet; `from`: the address of ours that it must leave from, or any.
  virtual void Send(absl::string_view packet, const UdpAddress& to, const UdpAddress& from) = 0;
  // Sends what is queued.
  virtual void Flush() = 0;

  // What went wrong since the last call, with whom: ICMP errors, and what the kernel did not want to send, as
  // errno.
  virtual void TakeErrors(absl::FunctionRef<void(const UdpAddress& to, int error)> take) = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_DATAGRAM_SOCKET_H_
