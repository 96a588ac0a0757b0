// TCP itself, beside and against TcpNetworks.
#ifndef PARLOR_TESTS_CLIENT_LINK_TCP_FIXTURE_H_
#define PARLOR_TESTS_CLIENT_LINK_TCP_FIXTURE_H_

#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <string>
#include <utility>

#include "client/link/tls_socket.h"
#include "tests/client/link/link_fixture.h"

namespace parlor::client {

class TcpTest : public LinkTest {
 protected:
  TcpTest() : LinkTest(Transport::kTcp) {}

  asio::ip::tcp::socket Plain(const PeerAddress& to, const std::string& from_ip = "") {
    asio::ip::tcp::socket socket(loop_.context(), asio::ip::tcp::v4());
    if (!from_ip.empty()) socket.bind({asio::ip::make_address(from_ip), 0});
    socket.connect({asio::ip::make_address(to.ip), to.port});
    socket.non_blocking(true);
    return socket;
  }

  // Whether the other side has closed; drops what it sent.
  static bool SeesEnd(asio::ip::tcp::socket& socket) {
    char buffer[4096];
    asio::error_code error;
    while (!error) socket.read_some(asio::buffer(buffer), error);
    return error != asio::error::would_block;
  }
};

// A peer that has a good certificate and full control of the wire.
class RawPeer {
 public:
  RawPeer(AsioLoop& loop, const TestPki& pki, const LinkIdentity& identity, asio::ip::tcp::socket socket,
          const std::string& user)
      : loop_(loop),
        socket_(std::move(socket)),
        tls_(TlsContext::Make(identity, pki.Judge()).value(), socket_.native_handle(), TlsRole::kDialling,
             user) {}

  bool Handshake() {
    return RunUntil(loop_, [&] { return tls_.Handshake() == TlsProgress::kDone; });
  }
  void Write(absl::string_view bytes) {
    while (!bytes.empty()) {
      size_t count = 0;
      ASSERT_TRUE(RunUntil(loop_, [&] { return tls_.Write(bytes, count) == TlsProgress::kDone; }));
      bytes.remove_prefix(count);
    }
  }
  // All bytes until the other side ends, and how that was.
  std::pair<std::string, TlsProgress> ReadAll() {
    std::string all;
    TlsProgress progress = TlsProgress::kDone;
    EXPECT_TRUE(RunUntil(loop_, [&] {
      char buffer[4096];
      size_t count = 0;
      progress = tls_.Read(absl::MakeSpan(buffer), count);
      if (progress == TlsProgress::kDone) all.append(buffer, count);
      return progress == TlsProgress::kEnded || progress == TlsProgress::kFailed;
    }));
    return {all, progress};
  }

  TlsSocket& tls() { return tls_; }
  asio::ip::tcp::socket& socket() { return socket_; }

 private:
  AsioLoop& loop_;
  asio::ip::tcp::socket socket_;
  TlsSocket tls_;
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_LINK_TCP_FIXTURE_H_
