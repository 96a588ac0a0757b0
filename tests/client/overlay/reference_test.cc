#include "client/overlay/reference.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::client::overlay {
namespace {

TEST(ReferenceTest, IsTheLowestThatSpeaks) {
  Reference reference;
  reference.OnMessage(7, kTestStart);
  EXPECT_TRUE(reference.Is(7));
  reference.OnMessage(9, kTestStart);
  EXPECT_TRUE(reference.Is(7));
  reference.OnMessage(3, kTestStart);
  EXPECT_TRUE(reference.Is(3));
  EXPECT_FALSE(reference.Is(7));
}

TEST(ReferenceTest, IsTheSameForAllWhateverTheOrder) {
  std::mt19937_64 random(4);
  std::vector<StreamId> streams = {12, 80, 33, 47, 21};
  for (int run = 0; run < 100; ++run) {
    std::shuffle(streams.begin(), streams.end(), random);
    Reference reference;
    for (const StreamId stream : streams) reference.OnMessage(stream, kTestStart);
    ASSERT_TRUE(reference.Is(12));
  }
}

TEST(ReferenceTest, HandsOverWhenItIsSilent) {
  Reference reference;
  reference.OnMessage(3, kTestStart);
  reference.OnMessage(3, kTestStart + absl::Seconds(20));
  reference.OnMessage(9, kTestStart + absl::Seconds(20) + Reference::kSilence);
  EXPECT_TRUE(reference.Is(3)) << "it spoke at 20 s";
  reference.OnMessage(9, kTestStart + absl::Seconds(21) + Reference::kSilence);
  EXPECT_TRUE(reference.Is(9));
  reference.OnMessage(3, kTestStart + absl::Seconds(60));
  EXPECT_TRUE(reference.Is(3));
}

}  // namespace
}  // namespace parlor::client::overlay
