// What strangers send to the port.
#include <list>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/link/udp/udp_socket.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/udp/udp_fixture.h"

namespace parlor::client {
namespace {

// What a dial says first, as a datagram.
std::string FirstPacket(const TestPki& pki, uint32_t version = 0) {
  const auto credentials = QuicCredentials::Make(pki.Device("mallory"), pki.Judge()).value();
  const absl::Duration now = absl::Hours(1);
  const auto quic = QuicConnection::Dial(
      credentials, "alice", ToUdpAddress({"127.0.0.1", 9}).value(), {}, [](absl::string_view, bool) {}, now);
  std::string first;
  quic->Write(now, [&](absl::string_view packet, const UdpAddress&) { first = std::string(packet); });
  for (size_t i = 0; version != 0 && i < 4; ++i) first[1 + i] = static_cast<char>(version >> (24 - 8 * i));
  return first;
}

bool IsRetry(absl::string_view packet) {
  return packet.size() > 20 && (packet[0] & 0xb0) == 0xb0 &&
         packet.substr(1, 4) == absl::string_view("\0\0\0\1", 4);
}

class UdpHostileTest : public UdpTest {
 protected:
  // Alice's endpoint, by itself.
  std::shared_ptr<UdpEndpoint> Listen(const ListenerOptions& options) {
    auto endpoint = UdpEndpoint::Make(loop_, UdpSocket::Open(loop_, 0).value(),
                                      [credentials = credentials_] { return credentials; }, {});
    endpoint->Accept(options, [this](std::unique_ptr<UdpSession> session) {
      EXPECT_TRUE(session->quic().outgoing().Add("hello").ok());
      session->Flush();
      sessions_.push_back(std::move(session));
    });
    return endpoint;
  }

  // Until everything that was sent to it before has been read.
  void Drain(UdpEndpoint& endpoint) {
    bool seen = false;
    PlainUdp last(loop_);
    endpoint.SetForeign([&](absl::string_view datagram, const UdpAddress& from) {
      const bool is_last = datagram == "last" && ToPeerAddress(from) == last.at();
      seen = seen || is_last;
      return is_last;
    });
    last.Send("last", {"127.0.0.1", endpoint.port()});
    EXPECT_TRUE(Until([&] { return seen; }));
    endpoint.SetForeign(nullptr);
  }

  std::shared_ptr<const QuicCredentials> credentials_ =
      QuicCredentials::Make(pki_.Device("alice"), pki_.Judge()).value();
  std::vector<std::unique_ptr<UdpSession>> sessions_;
};

TEST_F(UdpHostileTest, ManySilentStrangersHaveToProveTheirAddressesAndOthersGetIn) {
  const auto endpoint = Listen({.max_handshakes = 16, .max_handshakes_per_host = 4});
  std::list<PlainUdp> strangers;
  for (int i = 0; i < 40; ++i) {
    strangers.emplace_back(loop_, absl::StrCat("127.0.2.", 1 + i))
        .Send(FirstPacket(pki_), {"127.0.0.1", endpoint->port()});
    Drain(*endpoint);
  }
  EXPECT_EQ(endpoint->handshakes(), 9u) << "half of the slots and one: from then on, only proved addresses";
  size_t retries = 0;
  for (PlainUdp& stranger : strangers) retries += IsRetry(stranger.Receive()) ? 1 : 0;
  EXPECT_EQ(retries, 31u);

  Person bob(*this, "bob");
  EXPECT_TRUE(Dial(*bob.network, "alice", {{"127.0.0.1", endpoint->port()}}).ok());
}

TEST_F(UdpHostileTest, OneHostTakesItsShareOnly) {
  const auto endpoint = Listen({.max_handshakes = 16, .max_handshakes_per_host = 4});
  PlainUdp stranger(loop_, "127.0.0.9");
  for (int i = 0; i < 20; ++i) stranger.Send(FirstPacket(pki_), {"127.0.0.1", endpoint->port()});
  Drain(*endpoint);
  EXPECT_EQ(endpoint->handshakes(), 4u);
}

TEST_F(UdpHostileTest, ASilentStrangersSlotIsFreeAgainAfterTheDeadline) {
  const auto endpoint = Listen({.handshake_deadline = absl::Milliseconds(300)});
  PlainUdp stranger(loop_);
  stranger.Send(FirstPacket(pki_), {"127.0.0.1", endpoint->port()});
  ASSERT_TRUE(Until([&] { return endpoint->handshakes() == 1; }));
  EXPECT_TRUE(Until([&] { return endpoint->handshakes() == 0 && endpoint->connections() == 0; }));
}

TEST_F(UdpHostileTest, AForgedFirstPacketTakesNoSlot) {
  const auto endpoint = Listen({});
  PlainUdp stranger(loop_);
  for (int i = 0; i < 100; ++i) {
    std::string packet = FirstPacket(pki_);
    packet.back() = static_cast<char>(packet.back() ^ 1);
    stranger.Send(packet, {"127.0.0.1", endpoint->port()});
    Drain(*endpoint);
  }
  EXPECT_EQ(endpoint->handshakes(), 0u);
  EXPECT_EQ(endpoint->connections(), 0u);
}

TEST_F(UdpHostileTest, AnotherVersionIsToldWhichOneIsSpoken) {
  const auto endpoint = Listen({});
  PlainUdp stranger(loop_);
  stranger.Send(FirstPacket(pki_, 0x1a2a3a4a), {"127.0.0.1", endpoint->port()});
  std::string answer;
  ASSERT_TRUE(Until([&] { return !(answer = stranger.Receive()).empty(); }));
  EXPECT_EQ(answer.substr(1, 4), std::string(4, '\0'));
  EXPECT_EQ(answer.substr(answer.size() - 4), std::string("\0\0\0\1", 4));
  EXPECT_EQ(endpoint->handshakes(), 0u);
}

TEST_F(UdpHostileTest, UnknownPacketsAreAnsweredShorterAndNotForEver) {
  const auto endpoint = Listen({});
  PlainUdp stranger(loop_);
  std::mt19937 random(1);
  int answers = 0;
  for (int i = 0; i < 500; ++i) {
    std::string packet(1 + random() % 1400, static_cast<char>(random()));
    packet[0] = 0x40;
    stranger.Send(packet, {"127.0.0.1", endpoint->port()});
    Drain(*endpoint);
    if (const std::string answer = stranger.Receive(); !answer.empty()) {
      ++answers;
      EXPECT_LT(answer.size(), packet.size());
    }
  }
  EXPECT_GT(answers, 0);
  EXPECT_LE(answers, 5 * StatelessAnswers::kPerSecond) << "the test may take some seconds";
}

TEST_F(UdpHostileTest, AFloodOfGarbageHarmsNoTraffic) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  const Pair pair = Connect(alice, bob, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  PlainUdp stranger(loop_);
  std::mt19937 random(5);
  for (int i = 0; i < 500; ++i) {
    for (int k = 0; k < 10; ++k) {
      std::string garbage(1 + random() % 1472, '\0');
      for (char& byte : garbage) byte = static_cast<char>(random());
      stranger.Send(garbage, k % 2 == 0 ? bob.at() : alice.at());
    }
    ASSERT_TRUE(pair.dialler->link->Send(std::to_string(i)).ok());
    loop_.context().poll();
  }
  ASSERT_TRUE(Until([&] { return pair.acceptor->frames.size() == 500; }));
  EXPECT_EQ(pair.acceptor->frames.back(), "499");
  EXPECT_TRUE(pair.acceptor->closed.empty() && pair.dialler->closed.empty());
}

}  // namespace
}  // namespace parlor::client
