#include "client/link/frame_decoder.h"

#include <string>
#include <vector>

#include "client/link/link.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Header(uint32_t length) {
  return {static_cast<char>(length >> 24), static_cast<char>(length >> 16), static_cast<char>(length >> 8),
          static_cast<char>(length)};
}

std::string Framed(const std::string& payload) {
  return Header(static_cast<uint32_t>(payload.size())) + payload;
}

struct Received {
  std::vector<std::string> frames;
  absl::Status Feed(FrameDecoder& decoder, absl::string_view bytes) {
    return decoder.Feed(bytes, [this](absl::string_view frame) {
      frames.emplace_back(frame);
      return true;
    });
  }
};

TEST(FrameDecoderTest, SeveralFramesInOneRead) {
  FrameDecoder decoder;
  Received received;
  EXPECT_TRUE(received.Feed(decoder, Framed("one") + Framed("two") + Framed("three")).ok());
  EXPECT_THAT(received.frames, ElementsAre("one", "two", "three"));
  EXPECT_EQ(decoder.buffered_bytes(), 0u);
}

TEST(FrameDecoderTest, OneFrameByteByByte) {
  FrameDecoder decoder;
  Received received;
  const std::string bytes = Framed("one") + Framed(std::string(300, 'x'));
  for (size_t i = 0; i < bytes.size(); ++i) {
    ASSERT_TRUE(received.Feed(decoder, absl::string_view(bytes).substr(i, 1)).ok());
  }
  EXPECT_THAT(received.frames, ElementsAre("one", std::string(300, 'x')));
}

TEST(FrameDecoderTest, EverySplitOfAStreamGivesTheSameFrames) {
  const std::string bytes = Framed("a") + Framed("bc") + Framed("def");
  for (size_t first = 0; first <= bytes.size(); ++first) {
    for (size_t second = first; second <= bytes.size(); ++second) {
      FrameDecoder decoder;
      Received received;
      ASSERT_TRUE(received.Feed(decoder, bytes.substr(0, first)).ok());
      ASSERT_TRUE(received.Feed(decoder, bytes.substr(first, second - first)).ok());
      ASSERT_TRUE(received.Feed(decoder, bytes.substr(second)).ok());
      ASSERT_THAT(received.frames, ElementsAre("a", "bc", "def")) << first << ' ' << second;
    }
  }
}

TEST(FrameDecoderTest, WholeFramesAreNotCopied) {
  FrameDecoder decoder;
  const std::string bytes = Framed("payload");
  const char* seen = nullptr;
  EXPECT_TRUE(decoder
                  .Feed(bytes,
                        [&](absl::string_view frame) {
                          seen = frame.data();
                          return true;
                        })
                  .ok());
  EXPECT_EQ(seen, bytes.data() + kFrameHeaderSize);
}

TEST(FrameDecoderTest, LongestFrameArrivesInPieces) {
  FrameDecoder decoder;
  Received received;
  const std::string bytes = Framed(std::string(kMaxFrameSize, 'z'));
  for (size_t at = 0; at < bytes.size(); at += 1000) {
    ASSERT_TRUE(received.Feed(decoder, bytes.substr(at, 1000)).ok());
  }
  EXPECT_THAT(received.frames, ElementsAre(std::string(kMaxFrameSize, 'z')));
}

TEST(FrameDecoderTest, LengthsOutOfRangeAreRefusedForGood) {
  for (const uint32_t length : {0u, static_cast<uint32_t>(kMaxFrameSize) + 1, 0x7fffffffu, 0xffffffffu}) {
    for (const size_t piece : {size_t{1}, size_t{4}}) {
      FrameDecoder decoder;
      Received received;
      absl::Status status = received.Feed(decoder, Framed("good"));
      const std::string header = Header(length);
      for (size_t at = 0; at < header.size() && status.ok(); at += piece) {
        status = received.Feed(decoder, header.substr(at, piece));
      }
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << length;
      EXPECT_THAT(std::string(status.message()), HasSubstr(std::to_string(length)));
      EXPECT_LE(decoder.buffered_bytes(), kFrameHeaderSize) << "memory was taken for a refused frame";
      EXPECT_EQ(received.Feed(decoder, Framed("later")).code(), absl::StatusCode::kInvalidArgument);
      EXPECT_THAT(received.frames, ElementsAre("good"));
    }
  }
}

TEST(FrameDecoderTest, StopsWhenTold) {
  FrameDecoder decoder;
  int frames = 0;
  EXPECT_TRUE(decoder.Feed(Framed("a") + Framed("b"), [&](absl::string_view) { return ++frames > 1; }).ok());
  EXPECT_EQ(frames, 1);
}

TEST(FrameDecoderTest, StartsWithWholeFrame) {
  EXPECT_FALSE(StartsWithWholeFrame(""));
  EXPECT_FALSE(StartsWithWholeFrame(Header(3).substr(0, 3)));
  EXPECT_FALSE(StartsWithWholeFrame(Header(3) + "ab"));
  EXPECT_TRUE(StartsWithWholeFrame(Header(3) + "abc"));
  EXPECT_TRUE(StartsWithWholeFrame(Header(3) + "abcd"));
  EXPECT_TRUE(StartsWithWholeFrame(Header(0))) << "waiting for more would not mend it";
  EXPECT_TRUE(StartsWithWholeFrame(Header(0xffffffff)));
}

}  // namespace
}  // namespace parlor::client
