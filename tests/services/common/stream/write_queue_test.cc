#include "services/common/stream/write_queue.h"

#include <memory>

#include "gtest/gtest.h"

namespace parlor::service {
namespace {

struct Frame {
  size_t size;
  size_t ByteSizeLong() const { return size; }
};

std::shared_ptr<const Frame> Sized(size_t size) {
  return std::make_shared<const Frame>(Frame{size});
}

TEST(WriteQueueTest, GivesBackInOrder) {
  WriteQueue<Frame> queue;
  EXPECT_EQ(queue.Pop(), nullptr);
  for (size_t size = 1; size <= 3; ++size) EXPECT_TRUE(queue.Push(Sized(size), 10, 100));
  for (size_t size = 1; size <= 3; ++size) EXPECT_EQ(queue.Pop()->size, size);
  EXPECT_EQ(queue.Pop(), nullptr);
}

TEST(WriteQueueTest, IsBoundedInFrames) {
  WriteQueue<Frame> queue;
  EXPECT_TRUE(queue.Push(Sized(0), 2, 100));
  EXPECT_TRUE(queue.Push(Sized(0), 2, 100));
  EXPECT_FALSE(queue.Push(Sized(0), 2, 100));
  queue.Pop();
  EXPECT_TRUE(queue.Push(Sized(0), 2, 100));
}

TEST(WriteQueueTest, IsBoundedInBytes) {
  WriteQueue<Frame> queue;
  EXPECT_TRUE(queue.Push(Sized(60), 10, 100));
  EXPECT_FALSE(queue.Push(Sized(41), 10, 100));
  EXPECT_TRUE(queue.Push(Sized(40), 10, 100));
  queue.Pop();
  EXPECT_TRUE(queue.Push(Sized(60), 10, 100));
  queue.Clear();
  EXPECT_EQ(queue.Pop(), nullptr);
  EXPECT_TRUE(queue.Push(Sized(100), 10, 100));
}

}  // namespace
}  // namespace parlor::service
