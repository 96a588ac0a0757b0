#include "client/link/frame_queue.h"

#include <algorithm>
#include <string>
#include <vector>

#include "client/link/frame_decoder.h"
#include "client/link/link.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

TEST(FrameQueueTest, FramesLeaveAsOneRun) {
  FrameQueue queue;
  ASSERT_TRUE(queue.Add("ab").ok());
  ASSERT_TRUE(queue.Add("c").ok());
  EXPECT_EQ(queue.bytes(), 11u);
  EXPECT_EQ(queue.Front(), absl::string_view("\0\0\0\2ab\0\0\0\1c", 11));
  queue.Consume(11);
  EXPECT_EQ(queue.bytes(), 0u);
  EXPECT_TRUE(queue.Front().empty());
}

TEST(FrameQueueTest, FrontStaysInPlaceWhileFramesAreAdded) {
  FrameQueue queue;
  ASSERT_TRUE(queue.Add("first").ok());
  const absl::string_view front = queue.Front();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(queue.Add("more").ok());
  EXPECT_EQ(queue.Front().data(), front.data());
  EXPECT_EQ(queue.Front().size(), front.size());
}

TEST(FrameQueueTest, PartialWritesKeepTheOrder) {
  FrameQueue queue;
  FrameDecoder decoder;
  std::vector<int> received;
  int added = 0;
  while (received.size() < 1000) {
    for (int i = 0; i < 7 && added < 1000; ++i) ASSERT_TRUE(queue.Add(std::to_string(added++)).ok());
    const absl::string_view front = queue.Front();
    const size_t written = std::min<size_t>(front.size(), 13);
    ASSERT_TRUE(decoder
                    .Feed(front.substr(0, written),
                          [&](absl::string_view frame) {
                            received.push_back(std::stoi(std::string(frame)));
                            return true;
                          })
                    .ok());
    queue.Consume(written);
  }
  EXPECT_TRUE(std::is_sorted(received.begin(), received.end()));
  EXPECT_EQ(received.back(), 999);
}

TEST(FrameQueueTest, RefusesWhatNoLinkMayCarry) {
  FrameQueue queue;
  EXPECT_EQ(queue.Add("").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(queue.Add(std::string(kMaxFrameSize + 1, 'x')).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(queue.bytes(), 0u);
  EXPECT_TRUE(queue.Add(std::string(kMaxFrameSize, 'x')).ok());
}

TEST(FrameQueueTest, IsBounded) {
  FrameQueue queue;
  const std::string frame(64 * 1024, 'x');
  absl::Status status;
  while (status.ok()) status = queue.Add(frame);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_LE(queue.bytes(), kMaxQueuedBytes);
  EXPECT_GT(queue.bytes() + frame.size() + kFrameHeaderSize, kMaxQueuedBytes);

  // What is written makes room again, however it is written.
  queue.Front();
  queue.Consume(frame.size() + kFrameHeaderSize);
  EXPECT_TRUE(queue.Add(frame).ok());
}

}  // namespace
}  // namespace parlor::client
