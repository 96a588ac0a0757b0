// One connection, on virtual time, in fair weather.
#include "client/link/udp/quic_connection.h"

#include <string>

#include "absl/time/clock.h"
#include "client/link/link.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/udp/quic_pair.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class QuicConnectionTest : public ::testing::Test {
 protected:
  QuicPair Pair(const Weather& weather = {}) {
    return {pki_.Device("alice"), pki_.Device("bob"), pki_.Judge(), "bob", weather};
  }

  const TestPki pki_{absl::Now()};
};

TEST_F(QuicConnectionTest, BothSidesKnowWhoIsThereAfterTwoRoundTrips) {
  QuicPair pair = Pair();
  const absl::Duration start = pair.now;
  ASSERT_TRUE(pair.Connect());
  EXPECT_EQ(pair.dialler.quic->peer_check().peer->identity.user, "bob");
  EXPECT_EQ(pair.acceptor.quic->peer_check().peer->identity.user, "alice");
  EXPECT_LE(pair.now - start, 4 * pair.weather.latency) << "something waited for a timer";
}

TEST_F(QuicConnectionTest, TheAcceptorMaySpeakFirst) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  ASSERT_TRUE(pair.acceptor.quic->outgoing().Add("hello").ok());
  ASSERT_TRUE(pair.Until([&] { return pair.dialler.stream.size() == 9; }));
  EXPECT_EQ(pair.dialler.stream.substr(4), "hello");
}

TEST_F(QuicConnectionTest, ManyFramesBothWaysArriveWholeAndInOrder) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string frame(static_cast<size_t>(1 + i * 7 % 900), static_cast<char>('a' + i % 26));
    ASSERT_TRUE(pair.dialler.quic->outgoing().Add(frame).ok());
    ASSERT_TRUE(pair.acceptor.quic->outgoing().Add(frame).ok());
    expected +=
        std::string({0, 0, static_cast<char>(frame.size() >> 8), static_cast<char>(frame.size())}) + frame;
  }
  ASSERT_TRUE(pair.Until([&] {
    return pair.dialler.stream.size() >= expected.size() && pair.acceptor.stream.size() >= expected.size();
  }));
  EXPECT_TRUE(pair.dialler.stream == expected);
  EXPECT_TRUE(pair.acceptor.stream == expected);
  ASSERT_TRUE(pair.Until([&] { return pair.dialler.quic->outgoing().bytes() == 0; }));
}

TEST_F(QuicConnectionTest, DatagramsArriveAndEmptyOrLongOnesAreRefused) {
  QuicPair pair = Pair();
  EXPECT_FALSE(pair.dialler.quic->SendDatagram("too early"));
  ASSERT_TRUE(pair.Connect());
  EXPECT_FALSE(pair.dialler.quic->SendDatagram(""));
  EXPECT_FALSE(pair.dialler.quic->SendDatagram(std::string(1400, 'x')));
  EXPECT_TRUE(pair.dialler.quic->SendDatagram("typing"));
  EXPECT_TRUE(pair.dialler.quic->SendDatagram(std::string(1100, 'x')));
  ASSERT_TRUE(pair.Until([&] { return pair.acceptor.datagrams.size() == 2; }));
  EXPECT_THAT(pair.acceptor.datagrams, ElementsAre("typing", std::string(1100, 'x')));
}

TEST_F(QuicConnectionTest, OfDatagramsThatWaitTheOldestAreDropped) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(pair.dialler.quic->SendDatagram(std::to_string(i)));
  ASSERT_TRUE(pair.Until([&] { return pair.acceptor.datagrams.size() == QuicConnection::kMaxDatagrams; }));
  EXPECT_EQ(pair.acceptor.datagrams.front(), std::to_string(100 - QuicConnection::kMaxDatagrams));
}

TEST_F(QuicConnectionTest, WhoDoesNotConsumeIsSentAWindowAndNoMore) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.acceptor.frozen = true;
  const std::string frame(kMaxFrameSize, 'x');
  while (pair.dialler.quic->outgoing().Add(frame).ok()) {
  }
  const size_t queued = pair.dialler.quic->outgoing().bytes();
  pair.RunFor(absl::Seconds(10));
  EXPECT_LE(pair.acceptor.quic->received().size(), QuicConnection::kWindow);
  EXPECT_GE(pair.acceptor.quic->received().size(), kMaxFrameSize + 4) << "a whole frame must fit";
  EXPECT_EQ(pair.dialler.quic->outgoing().bytes(), queued - pair.acceptor.quic->received().size());

  pair.acceptor.frozen = false;
  EXPECT_TRUE(pair.Until([&] { return pair.acceptor.stream.size() == queued; }));
}

TEST_F(QuicConnectionTest, WhoTakesNothingFor45SecondsIsGivenUp) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.acceptor.frozen = true;
  while (pair.dialler.quic->outgoing().Add(std::string(100'000, 'x')).ok()) {
  }
  const absl::Duration start = pair.now;
  ASSERT_TRUE(pair.Until([&] { return pair.dialler.quic->ended(); }, absl::Minutes(2)));
  EXPECT_EQ(pair.dialler.quic->ending().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(pair.now - start, absl::Seconds(45));
  EXPECT_LE(pair.now - start, absl::Seconds(50));
}

TEST_F(QuicConnectionTest, SilenceFor45SecondsEndsItOnBothSides) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.RunFor(absl::Seconds(1));
  pair.cut = true;
  ASSERT_TRUE(pair.dialler.quic->outgoing().Add("nobody hears it").ok());
  const absl::Duration start = pair.now;
  ASSERT_TRUE(pair.Until([&] { return pair.dialler.quic->ended(); }, absl::Minutes(2)));
  EXPECT_EQ(pair.dialler.quic->ending().code(), absl::StatusCode::kDeadlineExceeded)
      << pair.dialler.quic->ending();
  EXPECT_LE(pair.now - start, absl::Seconds(46));
  ASSERT_TRUE(pair.Until([&] { return pair.acceptor.quic->ended(); }, absl::Minutes(1)));
  EXPECT_EQ(pair.acceptor.quic->ending().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(QuicConnectionTest, AnIdleConnectionLivesOnFewPackets) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.RunFor(absl::Seconds(5));
  const uint64_t before = pair.dialler.packets_sent + pair.acceptor.packets_sent;
  pair.RunFor(absl::Minutes(10));
  EXPECT_FALSE(pair.dialler.quic->ended() || pair.acceptor.quic->ended());
  const uint64_t sent = pair.dialler.packets_sent + pair.acceptor.packets_sent - before;
  EXPECT_GE(sent, 30u);
  EXPECT_LE(sent, 130u) << "a PING and its answer every 20 s, from either side at most";
}

TEST_F(QuicConnectionTest, AConnectionThatWasIdleForLongIsNotTakenForStalled) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.RunFor(absl::Minutes(5));
  ASSERT_TRUE(pair.dialler.quic->outgoing().Add("still here").ok());
  ASSERT_TRUE(pair.Until([&] { return !pair.acceptor.stream.empty(); }));
  pair.RunFor(absl::Minutes(5));
  EXPECT_FALSE(pair.dialler.quic->ended()) << pair.dialler.quic->ending();
}

TEST_F(QuicConnectionTest, ACloseIsToldAndRepeatedUntilItIsHeard) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.RunFor(absl::Seconds(1));
  pair.dialler.quic->Close(QuicGoodbye::kClosed, absl::OkStatus(), pair.now);
  pair.cut = true;
  pair.Flush();  // lost
  pair.cut = false;
  ASSERT_TRUE(pair.acceptor.quic->outgoing().Add("are you there?").ok());
  ASSERT_TRUE(pair.Until([&] { return pair.acceptor.quic->ended(); }, absl::Seconds(1)));
  EXPECT_EQ(pair.acceptor.quic->ending().code(), absl::StatusCode::kUnavailable)
      << pair.acceptor.quic->ending();
  EXPECT_EQ(pair.dialler.quic->ending(), absl::OkStatus());
  EXPECT_TRUE(pair.Until([&] { return pair.dialler.quic->gone(); }, absl::Seconds(2)));
}

TEST_F(QuicConnectionTest, AnAbortIsDataLossAtTheOtherSide) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.acceptor.quic->Close(QuicGoodbye::kAborted, absl::CancelledError(""), pair.now);
  ASSERT_TRUE(pair.Until([&] { return pair.dialler.quic->ended(); }));
  EXPECT_EQ(pair.dialler.quic->ending().code(), absl::StatusCode::kDataLoss);
}

TEST_F(QuicConnectionTest, WhatArrivedBeforeTheEndIsStillThere) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.acceptor.frozen = true;
  ASSERT_TRUE(pair.dialler.quic->outgoing().Add("last words").ok());
  ASSERT_TRUE(pair.Until([&] { return pair.dialler.quic->outgoing().bytes() == 0; }));
  pair.dialler.quic->Close(QuicGoodbye::kClosed, absl::OkStatus(), pair.now);
  ASSERT_TRUE(pair.Until([&] { return pair.acceptor.quic->ended(); }));
  EXPECT_EQ(pair.acceptor.quic->received().substr(4), "last words");
}

TEST_F(QuicConnectionTest, TheRoundTripIsMeasured) {
  QuicPair pair = Pair({.latency = absl::Milliseconds(30)});
  EXPECT_EQ(pair.dialler.quic->rtt(), std::nullopt);
  ASSERT_TRUE(pair.Connect());
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(pair.dialler.quic->outgoing().Add("ping").ok());
    ASSERT_TRUE(pair.Until([&] { return pair.dialler.quic->outgoing().bytes() == 0; }));
  }
  EXPECT_GE(*pair.dialler.quic->rtt(), absl::Milliseconds(59));
  EXPECT_LE(*pair.dialler.quic->rtt(), absl::Milliseconds(75));
}

TEST_F(QuicConnectionTest, ADoubtIsAnsweredByWhoLives) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.RunFor(absl::Seconds(3));
  pair.dialler.quic->Doubt(absl::UnavailableError("refused"), pair.now);
  pair.RunFor(absl::Seconds(3));
  EXPECT_FALSE(pair.dialler.quic->ended()) << pair.dialler.quic->ending();
}

TEST_F(QuicConnectionTest, ADoubtInTheSameInstantAsAPacketIsAnsweredByWhoLives) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.RunFor(absl::Seconds(3));
  for (size_t packets = 1; packets <= 2; ++packets) {  // of two, an acknowledgement is due as well
    pair.dialler.datagrams.clear();
    for (size_t i = 0; i < packets; ++i) {
      ASSERT_TRUE(pair.acceptor.quic->SendDatagram("typing"));
      pair.Flush();
    }
    ASSERT_TRUE(pair.Until([&] { return pair.dialler.datagrams.size() == packets; }));
    pair.dialler.quic->Doubt(absl::UnavailableError("refused"), pair.now);
    pair.RunFor(absl::Seconds(3));
    ASSERT_FALSE(pair.dialler.quic->ended()) << packets << ": " << pair.dialler.quic->ending();
  }
}

TEST_F(QuicConnectionTest, ADoubtWithoutAnAnswerEndsItWithinHalfASecond) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.RunFor(absl::Seconds(3));
  pair.cut = true;
  pair.dialler.quic->Doubt(absl::UnavailableError("refused"), pair.now);
  ASSERT_TRUE(pair.Until([&] { return pair.dialler.quic->ended(); }, absl::Milliseconds(600)));
  EXPECT_EQ(pair.dialler.quic->ending(), absl::UnavailableError("refused"));
}

TEST_F(QuicConnectionTest, ADoubtBeforeAnythingCameEndsItAtOnce) {
  QuicPair pair = Pair();
  pair.dialler.quic->Doubt(absl::UnavailableError("refused"), pair.now);
  EXPECT_TRUE(pair.dialler.quic->ended());
}

TEST_F(QuicConnectionTest, DoubtsDuringTheHandshakeAreDispelledByIt) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Until([&] { return pair.acceptor.quic != nullptr; }));
  pair.acceptor.quic->Doubt(absl::UnavailableError("refused"), pair.now);
  ASSERT_TRUE(pair.Until([&] { return pair.acceptor.quic->ready(); }));
  pair.dialler.quic->Doubt(absl::UnavailableError("refused"), pair.now);
  ASSERT_TRUE(pair.Connect());
  pair.RunFor(absl::Seconds(3));
  EXPECT_FALSE(pair.dialler.quic->ended() || pair.acceptor.quic->ended());
}

TEST_F(QuicConnectionTest, ADialThatNobodyAnswersRepeatsItsFirstWordsAndNothingElse) {
  constexpr int kLongHeaderAndType = 0xb0;  // RFC 9000, section 17.2
  constexpr int kInitial = 0x80;
  const auto credentials = QuicCredentials::Make(pki_.Device("alice"), pki_.Judge()).value();
  absl::Duration now = absl::Hours(1);
  const absl::Duration start = now;
  const auto quic = QuicConnection::Dial(
      credentials, "bob", ToUdpAddress({"192.0.2.2", 5000}).value(), {}, [](absl::string_view, bool) {}, now);
  int packets = 0;
  while (!quic->ended()) {
    quic->Write(now, [&](absl::string_view packet, const UdpAddress&) {
      ++packets;
      EXPECT_EQ(packet[0] & kLongHeaderAndType, kInitial);
    });
    now = quic->expiry();
    quic->OnExpiry(now);
  }
  EXPECT_EQ(quic->ending().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(now - start, absl::Seconds(10));
  EXPECT_LE(now - start, absl::Seconds(10) + absl::Milliseconds(1));
  EXPECT_LE(packets, 20);
}

TEST_F(QuicConnectionTest, WhoIsNotTrustedIsNotEvenToldWhoDials) {
  const TestPki elsewhere(absl::Now());
  QuicPair pair(pki_.Device("alice"), elsewhere.Device("bob"), pki_.Judge(), "bob");
  ASSERT_TRUE(pair.Until([&] { return pair.acceptor.quic != nullptr && pair.acceptor.quic->ended(); }));
  EXPECT_EQ(pair.dialler.quic->ending().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(pair.acceptor.quic->peer_check().chain_der, IsEmpty());
  EXPECT_EQ(pair.acceptor.quic->ending().code(), absl::StatusCode::kUnauthenticated)
      << pair.acceptor.quic->ending();
}

TEST_F(QuicConnectionTest, AProvedAddressCostsOneMoreRoundTrip) {
  QuicPair pair = Pair();
  pair.prove_address = true;
  const absl::Duration start = pair.now;
  ASSERT_TRUE(pair.Connect());
  EXPECT_LE(pair.now - start, 6 * pair.weather.latency);
}

TEST_F(QuicConnectionTest, TheDiallersAddressMayChange) {
  QuicPair pair = Pair();
  ASSERT_TRUE(pair.Connect());
  pair.RunFor(absl::Seconds(1));
  for (uint16_t port = 4001; port < 4006; ++port) {  // a NAT that forgets; then another network
    pair.dialler.address.port = port;
    if (port == 4005) pair.dialler.address = ToUdpAddress({"198.51.100.9", port}).value();
    pair.dialler.stream.clear();
    pair.acceptor.stream.clear();
    ASSERT_TRUE(pair.dialler.quic->outgoing().Add("from elsewhere").ok());
    ASSERT_TRUE(pair.Until([&] { return !pair.acceptor.stream.empty(); }));
    ASSERT_TRUE(pair.acceptor.quic->outgoing().Add("I see").ok());
    ASSERT_TRUE(pair.Until([&] { return !pair.dialler.stream.empty(); }));
    ASSERT_TRUE(pair.Until([&] { return pair.acceptor.quic->remote() == pair.dialler.address; }));
  }
}

TEST_F(QuicConnectionTest, SomebodyElsesNameIsRefused) {
  QuicPair pair(pki_.Device("alice"), pki_.Device("mallory"), pki_.Judge(), "bob");
  ASSERT_TRUE(pair.Until([&] { return pair.dialler.quic->ended() && pair.acceptor.quic->ended(); }));
  EXPECT_EQ(pair.dialler.quic->ending().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(pair.dialler.quic->ending().message()), HasSubstr("of mallory, not of bob"));
  EXPECT_FALSE(pair.acceptor.quic->ready());
}

}  // namespace
}  // namespace parlor::client
