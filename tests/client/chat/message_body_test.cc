#include "client/chat/message_body.h"

#include <random>

#include "gtest/gtest.h"
#include "tests/rounds.h"

namespace parlor::client {
namespace {

DecodedBody Sample() {
  return {.room = "room1",
          .sender = "ann",
          .id = {"device", 7, 1},
          .time = {1'800'000'000'000, 2},
          .previous = std::string(32, 'h'),
          .text = "hello"};
}

TEST(MessageBody, SurvivesTheWire) {
  const DecodedBody before = Sample();
  const auto after = DecodeBody(EncodeBody(before));
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->room, before.room);
  EXPECT_EQ(after->sender, before.sender);
  EXPECT_EQ(after->id, before.id);
  EXPECT_EQ(after->time, before.time);
  EXPECT_EQ(after->previous, before.previous);
  EXPECT_EQ(after->text, before.text);
}

TEST(MessageBody, RefusesWhatMakesNoSense) {
  const auto refused = [](auto spoil) {
    DecodedBody body = Sample();
    spoil(body);
    return absl::IsInvalidArgument(DecodeBody(EncodeBody(body)).status());
  };
  EXPECT_TRUE(refused([](DecodedBody& body) { body.sender.clear(); }));
  EXPECT_TRUE(refused([](DecodedBody& body) { body.sender = std::string(1'000, 'a'); }));
  EXPECT_TRUE(refused([](DecodedBody& body) { body.id.device.clear(); }));
  EXPECT_TRUE(refused([](DecodedBody& body) { body.id.number = 0; }));
  EXPECT_TRUE(refused([](DecodedBody& body) { body.time.ms = 0; }));
  EXPECT_TRUE(refused([](DecodedBody& body) { body.time.ms = INT64_MAX; }));
  EXPECT_TRUE(refused([](DecodedBody& body) { body.previous = "short"; }));
  EXPECT_TRUE(refused([](DecodedBody& body) { body.text.clear(); }));
  EXPECT_TRUE(refused([](DecodedBody& body) { body.text = std::string(kMaxTextBytes + 1, 'x'); }));
  EXPECT_TRUE(refused([](DecodedBody& body) { body.text = std::string("a\0b", 3); }));
  EXPECT_FALSE(refused([](DecodedBody& body) { body.text = std::string(kMaxTextBytes, 'x'); }));
}

TEST(MessageBody, RandomBytesNeverPass) {
  std::mt19937 random(1);
  for (int i = 0; i < Rounds(20'000); ++i) {
    std::string bytes = EncodeBody(Sample());
    for (int flips = 0; flips < 4; ++flips) bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto body = DecodeBody(bytes);
    EXPECT_TRUE(!body.ok() || CheckText(body->text).ok());
  }
}

TEST(HybridClock, NeverRunsBackAndNotAfterMessagesFromTheFuture) {
  HybridClock clock;
  const absl::Time now = absl::FromUnixMillis(1'000'000);
  const HybridTime first = clock.Next(now);
  const HybridTime second = clock.Next(now - absl::Seconds(5));
  EXPECT_LT(first, second);
  clock.Observe({1'030'000, 9}, now);  // 30 s ahead: followed
  EXPECT_EQ(clock.Next(now), (HybridTime{1'030'000, 10}));
  clock.Observe({1'060'001, 0}, now);  // more than 60 s ahead: not
  EXPECT_EQ(clock.Next(now), (HybridTime{1'030'000, 11}));
}

TEST(HybridClock, NeverRunsBackWhenSomebodyHasCountedToTheEnd) {
  HybridClock clock;
  const absl::Time now = absl::FromUnixMillis(1'000'000);
  clock.Observe({1'000'000, UINT32_MAX}, now);
  EXPECT_EQ(clock.Next(now), (HybridTime{1'000'001, 0}));
  EXPECT_EQ(clock.Next(now), (HybridTime{1'000'001, 1}));
}

}  // namespace
}  // namespace parlor::client
