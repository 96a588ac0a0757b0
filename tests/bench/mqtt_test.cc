#include "bench/broker/mqtt.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Bytes that may be zero.
template <size_t size>
std::string Bytes(const char (&literal)[size]) {
  return std::string(literal, size - 1);
}

class MqttClientTest : public ::testing::Test {
 protected:
  absl::Status Take(absl::string_view bytes) {
    return client_.Take(bytes, reply_, [this](absl::string_view text) { heard_.emplace_back(text); });
  }

  MqttClient client_{"p1", "room"};
  std::string reply_;
  std::vector<std::string> heard_;
};

// Section 2.2.3 of the standard has these lengths.
TEST(MqttPacketTest, LengthsThereAndBack) {
  for (const size_t length : {0, 1, 127, 128, 16'383, 16'384, 65'536}) {
    const std::string body(length, 'x');
    const std::string wire = MqttWire(MqttType::kPublish, 0x0b, body);
    EXPECT_EQ(wire.size(), length + (length < 128 ? 2 : length < 16'384 ? 3 : 4));
    const std::string longer = wire + "more";
    const auto packet = FrontMqttPacket(longer);
    ASSERT_TRUE(packet.ok() && packet->has_value()) << length;
    EXPECT_EQ((*packet)->type, MqttType::kPublish);
    EXPECT_EQ((*packet)->flags, 0x0b);
    EXPECT_EQ((*packet)->body, body);
    EXPECT_EQ((*packet)->wire_size, wire.size());
  }
}

TEST(MqttPacketTest, APieceIsNoPacket) {
  const std::string wire = MqttWire(MqttType::kPublish, 0, std::string(200, 'x'));
  for (size_t size = 0; size < wire.size(); ++size) {
    const auto packet = FrontMqttPacket(absl::string_view(wire).substr(0, size));
    ASSERT_TRUE(packet.ok());
    EXPECT_FALSE(packet->has_value()) << size;
  }
}

TEST(MqttPacketTest, LengthsThatNobodyMayHave) {
  EXPECT_EQ(FrontMqttPacket(Bytes("\x30\xff\xff\xff\xff")).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FrontMqttPacket(Bytes("\x30\x81\x80\x04")).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(MqttClientTest, ComesIn) {
  EXPECT_EQ(client_.Greeting(), Bytes("\x10\x0e\0\4MQTT\4\2\0\x5a\0\2p1"));
  ASSERT_TRUE(Take(Bytes("\x20\2\0\0")).ok());
  EXPECT_EQ(reply_, Bytes("\x82\x09\0\1\0\4room\0"));
  EXPECT_FALSE(client_.ready());
  ASSERT_TRUE(Take(Bytes("\x90\3\0\1\0")).ok());
  EXPECT_TRUE(client_.ready());
}

TEST_F(MqttClientTest, SaysWhatItsTwinHears) {
  const std::string wire = client_.Say("hello");
  EXPECT_EQ(wire, Bytes("\x30\x0b\0\4roomhello"));
  const std::string elsewhere = MqttClient("p2", "other").Say("not here");
  for (const char& byte : absl::StrCat(wire, elsewhere, Bytes("\xd0\0"), wire)) {
    ASSERT_TRUE(Take({&byte, 1}).ok());
  }
  EXPECT_THAT(heard_, ElementsAre("hello", "hello"));
  EXPECT_EQ(reply_, "");
  EXPECT_EQ(client_.StayAlive(), Bytes("\xc0\0"));
}

TEST_F(MqttClientTest, ARefusalIsAnError) {
  const absl::Status taken = Take(Bytes("\x20\2\0\5"));
  EXPECT_EQ(taken.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(taken.message(), HasSubstr("allow anonymous clients"));
  EXPECT_EQ(Take(Bytes("\x90\3\0\1\x80")).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(client_.ready());
}

TEST_F(MqttClientTest, MalformedPackets) {
  for (const std::string& wire : {Bytes("\x20\1\0"), Bytes("\x90\2\0\1"), Bytes("\x30\0"), Bytes("\x30\1\0"),
                                  Bytes("\x30\3\0\2r"), Bytes("\x32\x0a\0\4room\0\1hi"), Bytes("\x10\0")}) {
    MqttClient client("p1", "room");
    std::string reply;
    EXPECT_EQ(client.Take(wire, reply, [](absl::string_view) { FAIL(); }).code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace parlor::bench
