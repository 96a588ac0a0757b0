#include "client/loop/asio_loop.h"

#include <time.h>

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

// Processor time of this thread.
absl::Duration ThreadTime() {
  timespec used = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return absl::DurationFromTimespec(used);
}

TEST(AsioLoopTest, StaysAwakeAsLongAsItIsToldAndNoLonger) {
  AsioLoop loop;
  absl::Duration before, awake, asleep;
  const auto start = loop.After(absl::ZeroDuration(), [&] {
    before = ThreadTime();
    loop.StayAwake(absl::Milliseconds(30));
  });
  const auto middle = loop.After(absl::Milliseconds(100), [&] { awake = ThreadTime(); });
  const auto end = loop.After(absl::Milliseconds(200), [&] {
    asleep = ThreadTime();
    loop.Stop();
  });
  loop.Run();
  // Other programs may take the processor away for a part of it.
  EXPECT_GT(awake - before, absl::Milliseconds(3));
  EXPECT_LT(awake - before, absl::Milliseconds(90));
  EXPECT_LT(asleep - awake, absl::Milliseconds(3));
}

TEST(AsioLoopTest, HearsOthersWhileItIsAwake) {
  AsioLoop loop;
  loop.StayAwake(absl::InfiniteDuration());
  std::thread other([&] { loop.Post([&] { loop.Stop(); }); });
  loop.Run();
  other.join();
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
