#include "bench/net/delay_line.h"

#include <chrono>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::bench {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

DelayLine::Time At(int ms) {
  return DelayLine::Time(milliseconds(ms));
}

std::vector<std::string> Through(DelayLine& line, DelayLine::Time now) {
  std::vector<std::string> through;
  while (auto packet = line.Next(now)) through.push_back(*std::move(packet));
  return through;
}

// Which of `count` packets come through.
std::vector<size_t> Survivors(const DelayLine::Options& options, size_t count) {
  DelayLine line(options);
  for (size_t i = 0; i < count; ++i) line.Take(std::to_string(i), At(0));
  std::vector<size_t> survivors;
  for (const std::string& packet : Through(line, At(0))) survivors.push_back(std::stoul(packet));
  EXPECT_EQ(line.counts().taken, count);
  EXPECT_EQ(line.counts().lost, count - survivors.size());
  return survivors;
}

TEST(DelayLineTest, EachPacketTakesItsTime) {
  DelayLine line({.delay = milliseconds(20)});
  EXPECT_EQ(line.due(), std::nullopt);
  line.Take("one", At(100));
  line.Take("two", At(105));
  EXPECT_EQ(line.due(), At(120));
  EXPECT_EQ(line.Next(At(119)), std::nullopt);
  EXPECT_EQ(line.Next(At(120)), "one");
  EXPECT_EQ(line.Next(At(120)), std::nullopt);
  EXPECT_EQ(line.due(), At(125));
  EXPECT_EQ(line.Next(At(900)), "two");
  EXPECT_EQ(line.due(), std::nullopt);
}

TEST(DelayLineTest, LosesItsPart) {
  const size_t came = Survivors({.loss = 0.1}, 10'000).size();
  EXPECT_GT(came, 8'800u);
  EXPECT_LT(came, 9'200u);
  EXPECT_EQ(Survivors({.loss = 0}, 1'000).size(), 1'000u);
  EXPECT_EQ(Survivors({.loss = 1}, 1'000).size(), 0u);
}

TEST(DelayLineTest, TheSeedSaysWhoIsLost) {
  EXPECT_EQ(Survivors({.loss = 0.5, .seed = 3}, 200), Survivors({.loss = 0.5, .seed = 3}, 200));
  EXPECT_NE(Survivors({.loss = 0.5, .seed = 3}, 200), Survivors({.loss = 0.5, .seed = 4}, 200));
}

TEST(DelayLineTest, MoreThanTheLimitIsDropped) {
  DelayLine line({.delay = milliseconds(10), .limit = 2});
  for (const char* packet : {"one", "two", "three"}) line.Take(packet, At(0));
  EXPECT_EQ(line.counts().overflow, 1u);
  EXPECT_THAT(Through(line, At(10)), ElementsAre("one", "two"));
  line.Take("four", At(10));
  EXPECT_THAT(Through(line, At(20)), ElementsAre("four"));
}

TEST(DelayLineTest, TheLimitDoesNotChangeWhoIsLost) {
  DelayLine line({.loss = 0.5, .seed = 3, .limit = 1});
  std::vector<size_t> not_lost;
  for (size_t i = 0; i < 200; ++i) {
    const uint64_t before = line.counts().lost;
    line.Take("", At(0));
    if (line.counts().lost == before) not_lost.push_back(i);
  }
  EXPECT_EQ(not_lost, Survivors({.loss = 0.5, .seed = 3}, 200));
}

}  // namespace
}  // namespace parlor::bench
