// UDP itself, beside and between UdpNetworks.
#ifndef PARLOR_TESTS_CLIENT_LINK_UDP_UDP_FIXTURE_H_
#define PARLOR_TESTS_CLIENT_LINK_UDP_UDP_FIXTURE_H_

#include <array>
#include <asio/ip/udp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "tests/client/link/link_fixture.h"

namespace parlor::client {

inline asio::ip::udp::endpoint UdpPoint(const PeerAddress& address) {
  return {asio::ip::make_address(address.ip), address.port};
}

// A socket of nobody in particular.
class PlainUdp {
 public:
  explicit PlainUdp(AsioLoop& loop, const std::string& ip = "127.0.0.1")
      : socket_(loop.context(), {asio::ip::make_address(ip), 0}) {
    socket_.non_blocking(true);
  }

  PeerAddress at() const {
    return {socket_.local_endpoint().address().to_string(), socket_.local_endpoint().port()};
  }

  void Send(const std::string& bytes, const PeerAddress& to) {
    asio::error_code ignored;  // an ICMP error of what was sent before
    socket_.send_to(asio::buffer(bytes), UdpPoint(to), 0, ignored);
  }

  // The next datagram that has come; empty if there is none.
  std::string Receive() {
    std::string bytes(4096, '\0');
    asio::error_code error;
    const size_t size = socket_.receive(asio::buffer(bytes), 0, error);
    bytes.resize(error ? 0 : size);
    return bytes;
  }

 private:
  asio::ip::udp::socket socket_;
};

// Stands between a dialler and `server`, as a NAT does: the server sees one of its own ports.
class UdpProxy {
 public:
  UdpProxy(AsioLoop& loop, const PeerAddress& server)
      : loop_(loop), server_(server), front_(MakeSocket()), back_(MakeSocket()) {
    Serve(front_, true);
    Serve(back_, false);
  }
  ~UdpProxy() { Kill(); }

  PeerAddress at() const { return {"127.0.0.1", front_->local_endpoint().port()}; }
  PeerAddress seen_by_server() const { return {"127.0.0.1", back_->local_endpoint().port()}; }

  // The mapping is forgotten, and made again with another port.
  void Rebind() {
    back_ = MakeSocket();
    Serve(back_, false);
  }
  // Another process has the server's address now.
  void MoveServer(const PeerAddress& server) { server_ = server; }
  // Another process has the dialler's address now.
  void MoveDialler(const PeerAddress& dialler) { dialler_ = UdpPoint(dialler); }
  // Nobody listens there any more, and the machine says so.
  void Kill() {
    front_->close();
    back_->close();
  }

 private:
  using Socket = std::shared_ptr<asio::ip::udp::socket>;

  Socket MakeSocket() const {
    return std::make_shared<asio::ip::udp::socket>(
        loop_.context(), asio::ip::udp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  }

  void Serve(const Socket& socket, bool is_front) {
    socket->async_wait(asio::ip::udp::socket::wait_read,
                       [this, socket, is_front](const asio::error_code& error) {
                         if (error || !socket->is_open()) return;
                         Forward(*socket, is_front);
                         if (socket == front_ || socket == back_) Serve(socket, is_front);
                       });
  }

  void Forward(asio::ip::udp::socket& socket, bool is_front) {
    socket.non_blocking(true);
    std::array<char, 4096> bytes;
    asio::error_code error;
    asio::ip::udp::endpoint from;
    while (true) {
      const size_t size = socket.receive_from(asio::buffer(bytes), from, 0, error);
      if (error) return;
      if (is_front && !known_) dialler_ = from;
      if (is_front) known_ = true;
      asio::error_code ignored;  // lost, then
      if (is_front) {
        back_->send_to(asio::buffer(bytes, size), UdpPoint(server_), 0, ignored);
      } else {
        front_->send_to(asio::buffer(bytes, size), dialler_, 0, ignored);
      }
    }
  }

  AsioLoop& loop_;
  PeerAddress server_;
  asio::ip::udp::endpoint dialler_;
  bool known_ = false;
  Socket front_;
  Socket back_;
};

class UdpTest : public LinkTest {
 protected:
  UdpTest() : LinkTest(Transport::kUdp) {}

  // Linked through a proxy; both started, and the hello has come.
  Pair ConnectThrough(UdpProxy& proxy, Person& from, Person& to, const std::string& to_user) {
    auto link = Dial(*from.network, to_user, {proxy.at()});
    EXPECT_TRUE(link.ok()) << link.status();
    Pair pair{std::make_unique<Recorder>(*std::move(link)),
              std::make_unique<Recorder>(std::move(to.accepted.back()))};
    to.accepted.pop_back();
    pair.dialler->Start();
    pair.acceptor->Start();
    EXPECT_TRUE(Until([&] { return pair.dialler->frames.size() == 1; }));
    return pair;
  }
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_LINK_UDP_UDP_FIXTURE_H_
