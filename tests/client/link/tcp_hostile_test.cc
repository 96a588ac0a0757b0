// What strangers and broken peers do to the port and to links: each ends clearly and harms nobody else.
#include <openssl/ssl.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <list>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/tcp_fixture.h"

namespace parlor::client {
namespace {

using asio::ip::tcp;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TcpHostileTest : public TcpTest {
 protected:
  // A raw peer named mallory, linked with alice: the recorder is alice's side, and started.
  std::pair<std::unique_ptr<RawPeer>, std::unique_ptr<Recorder>> ConnectRaw() {
    const size_t before = alice_.accepted.size();
    auto raw = std::make_unique<RawPeer>(loop_, pki_, pki_.Device("mallory"), Plain(alice_.at()), "alice");
    EXPECT_TRUE(raw->Handshake());
    EXPECT_TRUE(Until([&] { return alice_.accepted.size() > before; }));
    auto recorder = std::make_unique<Recorder>(std::move(alice_.accepted.back()));
    alice_.accepted.pop_back();
    recorder->Start();
    return {std::move(raw), std::move(recorder)};
  }

  void ExpectAliceAnswers() {
    Person visitor(*this, "visitor");
    const auto link = Dial(*visitor.network, "alice", {alice_.at()});
    EXPECT_TRUE(link.ok()) << link.status();
  }

  // Short, since tests wait for it; long enough for a handshake under sanitizers on a busy machine.
  Person alice_{*this, "alice", {.handshake_deadline = absl::Seconds(1)}};
};

std::string ClientHello(const TestPki& pki) {
  // What a TlsSocket says first, caught on a socket pair of our own.
  asio::io_context context;
  tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), 0});
  tcp::socket from(context);
  from.connect(acceptor.local_endpoint());
  tcp::socket to = acceptor.accept();
  from.non_blocking(true);
  TlsSocket tls(TlsContext::Make(pki.Device("mallory"), pki.Judge()).value(), from.native_handle(),
                TlsRole::kDialling, "alice");
  EXPECT_EQ(tls.Handshake(), TlsProgress::kWaitReadable);
  std::string hello(4096, '\0');
  hello.resize(to.read_some(asio::buffer(hello)));
  return hello;
}

TEST_F(TcpHostileTest, GarbageIsClosedAtOnce) {
  const std::vector<std::string> garbage{
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      std::string(100'000, '\0'),
      std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'x'),
      std::string("\x15\x03\x03\x00\x02\x01\x00", 7),
  };
  for (const std::string& bytes : garbage) {
    tcp::socket socket = Plain(alice_.at());
    asio::error_code ignored;  // the other side may close while we write
    asio::write(socket, asio::buffer(bytes.data(), std::min<size_t>(bytes.size(), 60'000)), ignored);
    EXPECT_TRUE(Until([&] { return SeesEnd(socket); }));
  }
  EXPECT_THAT(alice_.accepted, IsEmpty());
  ExpectAliceAnswers();
}

TEST_F(TcpHostileTest, HalfAHandshakeOrSilenceEndsAtTheDeadlineAndOthersConnectMeanwhile) {
  const std::string hello = ClientHello(pki_);
  std::list<tcp::socket> sockets;
  for (const size_t part : {size_t{0}, size_t{1}, hello.size() / 2, hello.size()}) {
    sockets.push_back(Plain(alice_.at()));
    asio::write(sockets.back(), asio::buffer(hello.data(), part));
  }
  ExpectAliceAnswers();
  for (tcp::socket& socket : sockets) EXPECT_TRUE(Until([&] { return SeesEnd(socket); }));
  EXPECT_EQ(alice_.accepted.size(), 1u) << "the visitor alone";
}

TEST_F(TcpHostileTest, OneHostsSilenceTakesItsOwnShareOnly) {
  std::list<tcp::socket> sockets;
  for (int i = 0; i < 20; ++i) sockets.push_back(Plain(alice_.at(), "127.0.0.9"));
  const auto ended = [&] {
    return std::count_if(sockets.begin(), sockets.end(), [](tcp::socket& socket) { return SeesEnd(socket); });
  };
  ASSERT_TRUE(Until([&] { return ended() >= 12; })) << "those over the limit are closed at once";
  ExpectAliceAnswers();  // from another host
  EXPECT_TRUE(Until([&] { return ended() == 20; }));
}

TEST_F(TcpHostileTest, OldTlsIsRefused) {
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  tcp::socket socket = Plain(alice_.at());
  socket.native_non_blocking(true);
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, socket.native_handle());
  int result = 0;
  EXPECT_TRUE(Until([&] {
    result = SSL_connect(ssl);
    return result != -1 || SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ;
  }));
  EXPECT_NE(result, 1);
  SSL_free(ssl);
  SSL_CTX_free(context);
  EXPECT_THAT(alice_.accepted, IsEmpty());
}

TEST_F(TcpHostileTest, WhoNamesNoProtocolIsRefused) {
  const LinkIdentity identity = pki_.Device("mallory");
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  SSL_CTX_use_certificate(context, Certificate::FromDer(identity.chain_der[0])->get());
  SSL_CTX_add1_chain_cert(context, Certificate::FromDer(identity.chain_der[1])->get());
  SSL_CTX_use_PrivateKey(context, identity.key.get());
  tcp::socket socket = Plain(alice_.at());
  socket.native_non_blocking(true);
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, socket.native_handle());
  char byte = 0;
  int result = 0;
  EXPECT_TRUE(Until([&] {
    result = SSL_connect(ssl) == 1 ? SSL_read(ssl, &byte, 1) : -1;
    return SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ;
  }));
  EXPECT_LE(result, 0) << "it was let in";
  SSL_free(ssl);
  SSL_CTX_free(context);
  EXPECT_THAT(alice_.accepted, IsEmpty());
}

TEST_F(TcpHostileTest, OneFrameInManyRecordsAndManyInOne) {
  const auto connected = ConnectRaw();
  const auto& raw = connected.first;
  const auto& recorder = connected.second;
  for (const char byte : std::string("\0\0\0\5piece", 9)) raw->Write(absl::string_view(&byte, 1));
  raw->Write(absl::string_view("\0\0\0\1a\0\0\0\1b\0\0", 12));
  raw->Write(absl::string_view("\0\1c", 3));
  ASSERT_TRUE(Until([&] { return recorder->frames.size() == 4; }));
  EXPECT_THAT(recorder->frames, ElementsAre("piece", "a", "b", "c"));
}

TEST_F(TcpHostileTest, FramesOfBadLengthEndTheLink) {
  for (const absl::string_view header : {absl::string_view("\0\0\0\0", 4), absl::string_view("\0\4\0\1", 4),
                                         absl::string_view("\xff\xff\xff\xff")}) {
    const auto connected = ConnectRaw();
    const auto& raw = connected.first;
    const auto& recorder = connected.second;
    raw->Write(absl::string_view("\0\0\0\2ok", 6));
    raw->Write(header);
    ASSERT_TRUE(Until([&] { return !recorder->closed.empty(); }));
    EXPECT_EQ(recorder->closed[0].code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(recorder->frames, ElementsAre("ok"));
    raw->ReadAll();
  }
}

TEST_F(TcpHostileTest, AResetIsUnavailable) {
  const auto connected = ConnectRaw();
  const auto& raw = connected.first;
  const auto& recorder = connected.second;
  raw->socket().set_option(asio::socket_base::linger(true, 0));
  raw->socket().close();
  ASSERT_TRUE(Until([&] { return !recorder->closed.empty(); }));
  EXPECT_EQ(recorder->closed[0].code(), absl::StatusCode::kUnavailable) << recorder->closed[0];
}

TEST_F(TcpHostileTest, AnEndWithoutTlsCloseIsDataLoss) {
  const auto connected = ConnectRaw();
  const auto& raw = connected.first;
  const auto& recorder = connected.second;
  raw->Write(absl::string_view("\0\0\0\5hal", 7));
  raw->socket().shutdown(tcp::socket::shutdown_send);  // half-closed: it could still read
  ASSERT_TRUE(Until([&] { return !recorder->closed.empty(); }));
  EXPECT_EQ(recorder->closed[0].code(), absl::StatusCode::kDataLoss) << recorder->closed[0];
  EXPECT_THAT(recorder->frames, IsEmpty());
}

TEST_F(TcpHostileTest, ATlsCloseEndsTheLinkInGoodOrder) {
  const auto connected = ConnectRaw();
  const auto& raw = connected.first;
  const auto& recorder = connected.second;
  raw->Write(absl::string_view("\0\0\0\4last", 8));
  EXPECT_EQ(raw->tls().CloseWrite(), TlsProgress::kDone);
  ASSERT_TRUE(Until([&] { return !recorder->closed.empty(); }));
  EXPECT_EQ(recorder->closed[0].code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(recorder->frames, ElementsAre("last"));
}

TEST_F(TcpHostileTest, DamagedRecordsAreDataLoss) {
  const auto connected = ConnectRaw();
  const auto& raw = connected.first;
  const auto& recorder = connected.second;
  asio::write(raw->socket(), asio::buffer(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x')));
  ASSERT_TRUE(Until([&] { return !recorder->closed.empty(); }));
  EXPECT_EQ(recorder->closed[0].code(), absl::StatusCode::kDataLoss) << recorder->closed[0];
}

TEST_F(TcpHostileTest, WhatArrivedBeforeAResetIsStillDelivered) {
  const auto connected = ConnectRaw();
  const auto& raw = connected.first;
  const auto& recorder = connected.second;
  ASSERT_TRUE(Until([&] { return recorder->link->queued_bytes() == 0; }));
  raw->Write(absl::string_view("\0\0\0\4last", 8));
  EXPECT_EQ(raw->tls().CloseWrite(), TlsProgress::kDone);
  raw->socket().close();  // with alice's hello unread: the kernel resets the connection
  ASSERT_TRUE(recorder->link->Send(std::string(1000, 'x')).ok());
  ASSERT_TRUE(Until([&] { return !recorder->closed.empty(); }));
  EXPECT_THAT(recorder->frames, ElementsAre("last"));
  EXPECT_EQ(recorder->closed.size(), 1u);
}

TEST_F(TcpHostileTest, AFloodIsReadInTurnsAndOthersGoOn) {
  const auto connected = ConnectRaw();
  const auto& raw = connected.first;
  const auto& recorder = connected.second;
  Person visitor(*this, "visitor");
  const Pair pair = Connect(visitor, alice_, "alice");
  pair.dialler->Start();
  pair.acceptor->Start();
  const std::string flood = [] {
    std::string bytes;
    while (bytes.size() < 1'000'000) bytes.append("\0\0\0\1x", 5);
    return bytes;
  }();
  raw->Write(flood);
  ASSERT_TRUE(pair.dialler->link->Send("me too").ok());
  EXPECT_TRUE(Until([&] { return pair.acceptor->frames.size() == 1; }));
  EXPECT_TRUE(Until([&] { return recorder->frames.size() == flood.size() / 5; }));
}

}  // namespace
}  // namespace parlor::client
