// A network for UdpEndpoints without a socket, on virtual time. Everything arrives 5 ms later and in order,
// at whoever has the address; whoever likes may listen, send what is not its own, and lie about who failed.
#ifndef PARLOR_TESTS_FUZZ_WIRE_H_
#define PARLOR_TESTS_FUZZ_WIRE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/link/udp/datagram_socket.h"
#include "client/loop/loop.h"

namespace parlor::fuzz {

class Wire {
 public:
  static constexpr absl::Duration kLatency = absl::Milliseconds(5);

  struct Datagram {
    client::UdpAddress from;
    client::UdpAddress to;
    std::string bytes;
  };

  // `loop` must outlive it; it must outlive its sockets.
  explicit Wire(client::Loop& loop) : loop_(loop) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  std::unique_ptr<client::DatagramSocket> Open(const client::UdpAddress& at);

  // Sees what sockets send; nullptr: nobody does.
  void Watch(std::function<void(const Datagram&)> watch) { watch_ = std::move(watch); }
  void Send(Datagram datagram);
  // Tells the socket at `at` that what it sent to `to` met `error`, as an ICMP message does.
  void Tell(const client::UdpAddress& at, const client::UdpAddress& to, int error);
  // What sockets send to `at` does not arrive any more, or again.
  void SetDeaf(const client::UdpAddress& at, bool deaf);

 private:
  class Socket;
  struct OnItsWay {
    Datagram datagram;
    std::unique_ptr<client::Timer> timer;
  };

  void SendOwn(Datagram datagram);
  void Arrive(uint64_t number);
  Socket* At(const client::UdpAddress& address) const;

  client::Loop& loop_;
  std::vector<Socket*> sockets_;
  std::vector<client::UdpAddress> deaf_;
  std::function<void(const Datagram&)> watch_;
  uint64_t sent_ = 0;
  std::map<uint64_t, OnItsWay> on_their_way_;  // by what sent_ was
};

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_WIRE_H_
