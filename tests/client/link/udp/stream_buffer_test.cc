#include "client/link/udp/stream_buffer.h"

#include <random>
#include <string>

#include "client/link/link.h"
#include "gtest/gtest.h"
#include "tests/rounds.h"

namespace parlor::client {
namespace {

std::string Sent(StreamBuffer& buffer, size_t most) {
  const std::string bytes(buffer.Unsent().substr(0, most));
  buffer.MarkSent(bytes.size());
  return bytes;
}

TEST(StreamBufferTest, AFrameHasItsLengthBeforeIt) {
  StreamBuffer buffer;
  ASSERT_TRUE(buffer.Add("hi").ok());
  EXPECT_EQ(buffer.Unsent(), absl::string_view("\0\0\0\2hi", 6));
  EXPECT_EQ(buffer.bytes(), 6u);
}

TEST(StreamBufferTest, BadLengthsAreRefused) {
  StreamBuffer buffer;
  EXPECT_EQ(buffer.Add("").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(buffer.Add(std::string(kMaxFrameSize + 1, 'x')).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(buffer.bytes(), 0u);
  EXPECT_TRUE(buffer.all_sent());
}

TEST(StreamBufferTest, WhatIsSentStaysInPlaceUntilItIsAcknowledged) {
  StreamBuffer buffer;
  ASSERT_TRUE(buffer.Add("first").ok());
  const absl::string_view first = buffer.Unsent();
  buffer.MarkSent(first.size());
  EXPECT_TRUE(buffer.Unsent().empty());
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(buffer.Add(std::string(100, 'x')).ok());
  EXPECT_EQ(first, absl::string_view("\0\0\0\5first", 9)) << "ngtcp2 may send it again from there";
  buffer.Acknowledge(9);
  EXPECT_EQ(buffer.bytes(), 104'000u);
}

TEST(StreamBufferTest, TooMuchIsRefusedUntilSomethingIsAcknowledged) {
  StreamBuffer buffer;
  const std::string frame(100'000, 'x');
  while (buffer.Add(frame).ok()) {
  }
  EXPECT_EQ(buffer.Add(frame).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_LE(buffer.bytes(), kMaxQueuedBytes);
  size_t sent = 0;
  while (!buffer.all_sent()) sent += Sent(buffer, 1400).size();
  EXPECT_EQ(buffer.Add(frame).code(), absl::StatusCode::kResourceExhausted) << "sent is not arrived";
  buffer.Acknowledge(sent);
  EXPECT_TRUE(buffer.Add(frame).ok());
}

TEST(StreamBufferTest, AnyCourseKeepsEveryByteInOrder) {
  for (int seed = 0; seed < Rounds(50); ++seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    StreamBuffer buffer;
    std::string expected;
    std::string sent;
    size_t acknowledged = 0;
    for (int i = 0; i < 500; ++i) {
      const std::string frame(1 + random() % (random() % 8 == 0 ? 50'000 : 300), static_cast<char>(random()));
      if (random() % 2 == 0 && buffer.Add(frame).ok()) {
        const size_t size = frame.size();
        expected += std::string({static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                                 static_cast<char>(size >> 8), static_cast<char>(size)}) +
                    frame;
      }
      if (random() % 2 == 0) sent += Sent(buffer, 1 + random() % 3000);
      if (random() % 3 == 0 && sent.size() > acknowledged) {
        const size_t count = 1 + random() % (sent.size() - acknowledged);
        buffer.Acknowledge(count);
        acknowledged += count;
      }
      ASSERT_EQ(buffer.bytes(), expected.size() - acknowledged);
    }
    while (!buffer.all_sent()) sent += Sent(buffer, 100'000);
    ASSERT_TRUE(sent == expected) << seed;
    buffer.Acknowledge(sent.size() - acknowledged);
    EXPECT_EQ(buffer.bytes(), 0u);
  }
}

}  // namespace
}  // namespace parlor::client
