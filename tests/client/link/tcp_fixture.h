// People with TcpNetworks on the loopback interface of one process and one loop.
#ifndef PARLOR_TESTS_CLIENT_LINK_TCP_FIXTURE_H_
#define PARLOR_TESTS_CLIENT_LINK_TCP_FIXTURE_H_

#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "client/link/tcp_network.h"
#include "client/link/tls_socket.h"
#include "client/loop/asio_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/test_pki.h"

namespace parlor::client {

// Runs the loop in this thread until `done` holds; false if it does not within `limit`.
inline bool RunUntil(AsioLoop& loop, const std::function<bool()>& done,
                     std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    if (loop.context().stopped()) loop.context().restart();
    loop.context().run_one_for(std::chrono::milliseconds(20));
  }
  return true;
}

// A link and all that its handlers heard.
struct Recorder {
  explicit Recorder(std::unique_ptr<Link> recorded) : link(std::move(recorded)) {}

  void Start() {
    link->Start({.on_frame = [this](absl::string_view frame) { frames.emplace_back(frame); },
                 .on_writable = [this] { ++writable; },
                 .on_closed = [this](const absl::Status& status) { closed.push_back(status); }});
  }

  std::unique_ptr<Link> link;
  std::vector<std::string> frames;
  int writable = 0;
  std::vector<absl::Status> closed;
};

class TcpTest : public ::testing::Test {
 protected:
  // Listens, says "hello" to whoever comes, and keeps the links.
  struct Person {
    Person(TcpTest& test, const std::string& user, TcpListenerOptions options = {})
        : Person(test, test.pki_.Device(user), test.pki_.Judge(), options) {}

    Person(TcpTest& test, LinkIdentity identity, PeerJudge judge, TcpListenerOptions options = {})
        : network(std::make_unique<TcpNetwork>(test.loop_, std::move(judge), options)) {
      network->SetIdentity(std::move(identity));
      port = network
                 ->Listen(0,
                          [this](std::unique_ptr<Link> link) {
                            if (greets) link->Send("hello").IgnoreError();
                            accepted.push_back(std::move(link));
                          })
                 .value();
    }

    PeerAddress at(const std::string& ip = "127.0.0.1") const { return {ip, port}; }

    std::unique_ptr<TcpNetwork> network;
    uint16_t port = 0;
    bool greets = true;
    std::vector<std::unique_ptr<Link>> accepted;
  };

  struct Pair {
    std::unique_ptr<Recorder> dialler;
    std::unique_ptr<Recorder> acceptor;
  };

  bool Until(const std::function<bool()>& done) { return RunUntil(loop_, done); }

  absl::StatusOr<std::unique_ptr<Link>> Dial(Network& from, const std::string& user,
                                             std::vector<PeerAddress> addresses) {
    std::optional<absl::StatusOr<std::unique_ptr<Link>>> result;
    const auto dialling =
        from.Dial({user, std::move(addresses)},
                  [&](absl::StatusOr<std::unique_ptr<Link>> link) { result = std::move(link); });
    EXPECT_FALSE(result.has_value()) << "called inside Dial";
    if (!Until([&] { return result.has_value(); })) return absl::InternalError("the dial never ended");
    return *std::move(result);
  }

  // A link between the two, not started; the acceptor's "hello" is still to come.
  Pair Connect(Person& from, Person& to, const std::string& to_user) {
    auto link = Dial(*from.network, to_user, {to.at()});
    EXPECT_TRUE(link.ok()) << link.status();
    EXPECT_FALSE(to.accepted.empty());
    Pair pair{std::make_unique<Recorder>(*std::move(link)),
              std::make_unique<Recorder>(std::move(to.accepted.back()))};
    to.accepted.pop_back();
    return pair;
  }

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

  AsioLoop loop_;
  TestPki pki_{absl::Now()};
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
