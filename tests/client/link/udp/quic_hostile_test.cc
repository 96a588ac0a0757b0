// A network that loses, doubles, damages, forges and reorders.
#include <string>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/client/link/udp/quic_pair.h"
#include "tests/rounds.h"

namespace parlor::client {
namespace {

constexpr int kConnections = 200;
constexpr Weather kHostile{.lost = 5, .doubled = 5, .damaged = 5, .replaced = 2, .late = 15};

std::string Noise(size_t size, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

class QuicHostileTest : public ::testing::Test {
 protected:
  // Sends some frames each way and closes; false if anything is missing or wrong.
  static void Converse(QuicPair& pair, uint64_t seed) {
    ASSERT_TRUE(pair.Connect()) << pair.dialler.quic->ending();
    std::string expected;
    for (uint64_t i = 0; i < 10; ++i) {
      const std::string frame = Noise(1 + (seed * 31 + i * 997) % 5000, seed + i);
      ASSERT_TRUE(pair.dialler.quic->outgoing().Add(frame).ok());
      ASSERT_TRUE(pair.acceptor.quic->outgoing().Add(frame).ok());
      expected +=
          std::string({0, 0, static_cast<char>(frame.size() >> 8), static_cast<char>(frame.size())}) + frame;
      pair.dialler.quic->SendDatagram(Noise(1 + i * 100, i));
    }
    ASSERT_TRUE(pair.Until([&] {
      return pair.dialler.stream.size() >= expected.size() && pair.acceptor.stream.size() >= expected.size();
    })) << pair.dialler.quic->ending()
        << " / " << pair.acceptor.quic->ending();
    EXPECT_TRUE(pair.dialler.stream == expected && pair.acceptor.stream == expected);
    ASSERT_TRUE(pair.Until([&] { return pair.dialler.quic->outgoing().bytes() == 0; }));
    pair.dialler.quic->Close(QuicGoodbye::kClosed, absl::OkStatus(), pair.now);
    EXPECT_TRUE(pair.Until([&] { return pair.acceptor.quic->ended(); }, absl::Minutes(2)));
  }

  const TestPki pki_{absl::Now()};
  const LinkIdentity alice_ = pki_.Device("alice");
  const LinkIdentity bob_ = pki_.Device("bob");
};

TEST_F(QuicHostileTest, TwoHundredConnectionsGetThrough) {
  for (int seed = 0; seed < Rounds(kConnections); ++seed) {
    SCOPED_TRACE(seed);
    QuicPair pair(alice_, bob_, pki_.Judge(), "bob", kHostile, static_cast<uint64_t>(seed));
    pair.prove_address = seed % 4 == 0;
    Converse(pair, static_cast<uint64_t>(seed));
    if (HasFatalFailure()) return;
  }
}

TEST_F(QuicHostileTest, EverythingArrivesThoughATenthIsLost) {
  QuicPair pair(alice_, bob_, pki_.Judge(), "bob", {.lost = 10, .latency = absl::Milliseconds(20)}, 7);
  ASSERT_TRUE(pair.Connect());
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string frame = Noise(10'000, static_cast<uint64_t>(i));
    ASSERT_TRUE(pair.dialler.quic->outgoing().Add(frame).ok());
    expected +=
        std::string({0, 0, static_cast<char>(frame.size() >> 8), static_cast<char>(frame.size())}) + frame;
  }
  ASSERT_TRUE(pair.Until([&] { return pair.acceptor.stream.size() == expected.size(); }, absl::Minutes(1)));
  EXPECT_TRUE(pair.acceptor.stream == expected);
}

TEST_F(QuicHostileTest, GarbageBesideTheTrafficHarmsNothing) {
  QuicPair pair(alice_, bob_, pki_.Judge(), "bob");
  ASSERT_TRUE(pair.Connect());
  for (uint64_t i = 0; i < 2000; ++i) {
    const std::string garbage = Noise(1 + i % 1472, i);
    pair.dialler.quic->Read(garbage, pair.acceptor.address, pair.now);
    pair.acceptor.quic->Read(garbage, pair.dialler.address, pair.now);
    pair.acceptor.quic->Read(garbage, ToUdpAddress({"203.0.113.5", 7}).value(), pair.now);
  }
  Converse(pair, 3);
}

}  // namespace
}  // namespace parlor::client
