#include "client/loop/virtual_loop.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;

TEST(VirtualLoopTest, RunsInOrderOfTimeAndThenOfAsking) {
  VirtualLoop loop;
  std::string order;
  const auto c = loop.After(absl::Seconds(2), [&] { order += 'c'; });
  const auto a = loop.After(absl::Seconds(1), [&] { order += 'a'; });
  const auto b = loop.After(absl::Seconds(1), [&] { order += 'b'; });
  loop.Post([&] { order += '0'; });
  EXPECT_EQ(order, "");
  loop.RunFor(absl::Seconds(2));
  EXPECT_EQ(order, "0abc");
}

TEST(VirtualLoopTest, TimePassesInRunsOnly) {
  VirtualLoop loop(absl::FromUnixSeconds(1000));
  std::vector<absl::Time> seen;
  const auto timer = loop.After(absl::Seconds(3), [&] { seen.push_back(loop.Now()); });
  loop.RunFor(absl::Seconds(2));
  EXPECT_EQ(loop.Uptime(), absl::Seconds(2));
  EXPECT_TRUE(seen.empty());
  loop.RunFor(absl::Seconds(2));
  EXPECT_THAT(seen, ElementsAre(absl::FromUnixSeconds(1003)));
  EXPECT_EQ(loop.Now(), absl::FromUnixSeconds(1004));
}

TEST(VirtualLoopTest, DestroyedTimerNeverRuns) {
  VirtualLoop loop;
  bool ran = false;
  auto timer = loop.After(absl::Seconds(1), [&] { ran = true; });
  timer.reset();
  loop.RunFor(absl::Minutes(1));
  EXPECT_FALSE(ran);
}

TEST(VirtualLoopTest, TimerMayBeDestroyedAndSetAnewInItsOwnCall) {
  VirtualLoop loop;
  int runs = 0;
  std::unique_ptr<Timer> timer;
  std::function<void()> again = [&] {
    if (++runs < 3) timer = loop.After(absl::Seconds(1), again);
  };
  timer = loop.After(absl::Seconds(1), again);
  loop.RunFor(absl::Minutes(1));
  EXPECT_EQ(runs, 3);
}

TEST(VirtualLoopTest, CallThatHoldsTimersIsCancelledWithThem) {
  VirtualLoop loop;
  bool ran = false;
  auto inner = std::make_shared<std::unique_ptr<Timer>>(loop.After(absl::Seconds(1), [&] { ran = true; }));
  auto outer = loop.After(absl::Seconds(2), [held = std::move(inner)] {});
  outer.reset();
  loop.RunFor(absl::Minutes(1));
  EXPECT_FALSE(ran);
}

TEST(VirtualLoopTest, TimerMayOutliveItsLoop) {
  auto loop = std::make_unique<VirtualLoop>();
  const auto timer = loop->After(absl::Seconds(1), [] {});
  loop.reset();
}

TEST(VirtualLoopTest, AfterNothingIsNeverAtOnce) {
  VirtualLoop loop;
  bool ran = false;
  const auto timer = loop.After(-absl::Seconds(5), [&] { ran = true; });
  EXPECT_FALSE(ran);
  loop.RunFor(absl::ZeroDuration());
  EXPECT_TRUE(ran);
}

TEST(VirtualLoopTest, RunUntilStopsWhereItHolds) {
  VirtualLoop loop;
  bool done = false;
  const auto timer = loop.After(absl::Seconds(7), [&] { done = true; });
  EXPECT_FALSE(loop.RunUntil([&] { return done; }, absl::Seconds(5)));
  EXPECT_EQ(loop.Uptime(), absl::Seconds(5));
  EXPECT_TRUE(loop.RunUntil([&] { return done; }, absl::Seconds(5)));
  EXPECT_EQ(loop.Uptime(), absl::Seconds(7));
}

}  // namespace
}  // namespace parlor::client
