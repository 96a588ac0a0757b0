// Frames that are put together by hand are what protobuf reads and would have written.
#include "client/room/message_frame.h"

#include <limits>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "parlor/peer/v1/peer.pb.h"
#include "tests/rounds.h"

namespace parlor::client {
namespace {

constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();

// Lengths around those at which a varint grows, and bytes of all kinds.
std::string AnyBytes(std::mt19937& random) {
  static constexpr size_t kLengths[] = {0, 1, 60, 127, 128, 129, 2'000, 16'383, 16'384, 70'000};
  std::string bytes(kLengths[random() % std::size(kLengths)], '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

uint32_t AnyHops(std::mt19937& random) {
  static constexpr uint32_t kHops[] = {0, 1, 127, 128, 300, 65'536, kMost};
  return kHops[random() % std::size(kHops)];
}

overlay::Payload PayloadOf(const peer::v1::SignedMessage& message) {
  return {
      .id = {},
      .hops = message.hops(),
      .detour = message.detour(),
      .bytes = std::make_shared<const std::string>(SignedMessageBytes(message.body(), message.signature()))};
}

// Its fields are those, and nothing is in it besides.
void ExpectParsesAs(const std::string& bytes, const peer::v1::Frame& expected) {
  peer::v1::Frame parsed;
  ASSERT_TRUE(parsed.ParseFromString(bytes));
  ASSERT_TRUE(parsed.has_room_messages());
  EXPECT_EQ(parsed.SerializeAsString(), expected.SerializeAsString());
  EXPECT_EQ(parsed.ByteSizeLong(), bytes.size()) << "not a byte that says nothing";
}

TEST(MessageFrame, WhateverIsInItParsesAsTheSame) {
  for (int seed = 0; seed < Rounds(100); ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(static_cast<uint32_t>(seed));
    peer::v1::Frame expected;
    peer::v1::RoomMessages& content = *expected.mutable_room_messages();
    content.set_room(std::string(1 + random() % 200, 'r'));
    std::vector<overlay::Payload> payloads;
    for (size_t i = random() % 5; i > 0; --i) {
      peer::v1::SignedMessage& message = *content.add_messages();
      message.set_body("b" + AnyBytes(random));
      message.set_signature("s" + AnyBytes(random));
      message.set_hops(AnyHops(random));
      message.set_detour(random() % 2 == 0);
      payloads.push_back(PayloadOf(message));
    }
    std::vector<std::string> proofs;
    for (size_t i = random() % 3; i > 0; --i) {
      peer::v1::AuthorProof& proof = *content.add_proofs();
      proof.set_device("device");
      proof.add_chain_der(AnyBytes(random));
      proof.add_chain_der(AnyBytes(random));
      proof.set_ticket("ticket");
      proofs.push_back(proof.SerializeAsString());
    }
    ExpectParsesAs(MessageFrame(content.room(), payloads, proofs), expected);
  }
}

TEST(MessageFrame, HopsAndDetoursArriveAsTheyAre) {
  for (const uint32_t hops : {uint32_t{0}, uint32_t{1}, uint32_t{127}, uint32_t{128}, kMost}) {
    for (const bool detour : {false, true}) {
      peer::v1::SignedMessage message;
      message.set_body("body");
      message.set_signature("signature");
      message.set_hops(hops);
      message.set_detour(detour);
      peer::v1::Frame frame;
      ASSERT_TRUE(frame.ParseFromString(MessageFrame("room1", {PayloadOf(message)}, {})));
      ASSERT_EQ(frame.room_messages().messages_size(), 1);
      EXPECT_EQ(frame.room_messages().messages(0).hops(), hops);
      EXPECT_EQ(frame.room_messages().messages(0).detour(), detour);
      EXPECT_EQ(frame.room_messages().messages(0).body(), "body");
      EXPECT_EQ(frame.room_messages().messages(0).signature(), "signature");
    }
  }
}

TEST(MessageFrame, ItSaysNothingOfThePast) {
  peer::v1::Frame frame;
  ASSERT_TRUE(frame.ParseFromString(MessageFrame("room1", {}, {})));
  EXPECT_EQ(frame.room_messages().room(), "room1");
  EXPECT_FALSE(frame.room_messages().past());
}

// A copy of a message is known by these bytes, whoever handed it over.
TEST(MessageFrame, WhatWasParsedIsTheSameBytesAgain) {
  for (int seed = 0; seed < Rounds(50); ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(static_cast<uint32_t>(seed));
    const std::string body = AnyBytes(random);
    const std::string signature = AnyBytes(random);
    const auto bytes = std::make_shared<const std::string>(SignedMessageBytes(body, signature));
    const overlay::Payload payload{.id = {}, .hops = AnyHops(random), .detour = true, .bytes = bytes};
    peer::v1::Frame frame;
    ASSERT_TRUE(frame.ParseFromString(MessageFrame("room1", {payload}, {})));
    const peer::v1::SignedMessage& message = frame.room_messages().messages(0);
    EXPECT_EQ(message.body(), body);
    EXPECT_EQ(message.signature(), signature);
    EXPECT_EQ(SignedMessageBytes(message.body(), message.signature()), *bytes);
  }
}

TEST(MessageFrame, SignedMessageBytesAreWhatProtobufWrites) {
  peer::v1::SignedMessage message;
  message.set_body(std::string(300, 'b'));
  message.set_signature("signature");
  EXPECT_EQ(SignedMessageBytes(message.body(), message.signature()), message.SerializeAsString());
}

}  // namespace
}  // namespace parlor::client
