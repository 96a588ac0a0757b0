#include "client/loop/asio_loop.h"

#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace parlor::client {
namespace {

TEST(AsioLoopTest, RunsWhatOtherThreadsPostInTheirOrder) {
  AsioLoop loop;
  std::string order;
  std::thread::id ran_on;
  std::thread other([&] {
    loop.Post([&] { order += 'a'; });
    loop.Post([&] { order += 'b'; });
    loop.Post([&] {
      ran_on = std::this_thread::get_id();
      loop.Stop();
    });
  });
  loop.Run();
  other.join();
  EXPECT_EQ(order, "ab");
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(AsioLoopTest, TimersRunInOrderOfTimeAndNotAtOnce) {
  AsioLoop loop;
  std::string order;
  const absl::Duration start = loop.Uptime();
  const auto late = loop.After(absl::Milliseconds(20), [&] {
    order += 'b';
    loop.Stop();
  });
  const auto soon = loop.After(absl::ZeroDuration(), [&] { order += 'a'; });
  EXPECT_EQ(order, "");
  loop.Run();
  EXPECT_EQ(order, "ab");
  EXPECT_GE(loop.Uptime() - start, absl::Milliseconds(20));
}

TEST(AsioLoopTest, DestroyedTimerNeverRunsEvenWhenItWasDue) {
  AsioLoop loop;
  bool ran = false;
  std::unique_ptr<Timer> second;
  // Both are due in the same turn: the second one's completion is queued already when it is destroyed.
  const auto first = loop.After(absl::ZeroDuration(), [&] { second.reset(); });
  second = loop.After(absl::ZeroDuration(), [&] { ran = true; });
  const auto end = loop.After(absl::Milliseconds(10), [&] { loop.Stop(); });
  loop.Run();
  EXPECT_FALSE(ran);
}

TEST(AsioLoopTest, TimerMaySetItselfAnewInItsOwnCall) {
  AsioLoop loop;
  int runs = 0;
  std::unique_ptr<Timer> timer;
  std::function<void()> again = [&] {
    if (++runs == 3) return loop.Stop();
    timer = loop.After(absl::Milliseconds(1), again);
  };
  timer = loop.After(absl::Milliseconds(1), again);
  loop.Run();
  EXPECT_EQ(runs, 3);
}

TEST(AsioLoopTest, StopBeforeRunHolds) {
  AsioLoop loop;
  loop.Stop();
  loop.Run();  // returns
}

TEST(AsioLoopTest, VeryLongDelaysDoNotOverflow) {
  AsioLoop loop;
  bool ran = false;
  const auto never = loop.After(absl::InfiniteDuration(), [&] { ran = true; });
  const auto end = loop.After(absl::Milliseconds(5), [&] { loop.Stop(); });
  loop.Run();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace parlor::client
