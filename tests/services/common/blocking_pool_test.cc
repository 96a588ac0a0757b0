#include "services/common/blocking_pool.h"

#include <atomic>
#include <latch>
#include <memory>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace parlor::service {
namespace {

TEST(BlockingPool, RunsAsManyAtOnceAsItHasThreads) {
  BlockingPool pool({.threads = 3, .queue = 0});
  std::latch together(3);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pool.TrySubmit([&] { together.arrive_and_wait(); }));
  }
  together.wait();
  pool.Shutdown();
}

TEST(BlockingPool, RefusesWhatIsBeyondTheBoundAndTakesWorkAgainLater) {
  BlockingPool pool({.threads = 1, .queue = 2});
  absl::Notification started;
  absl::Notification release;
  std::atomic<int> ran = 0;
  ASSERT_TRUE(pool.TrySubmit([&] {
    started.Notify();
    release.WaitForNotification();
  }));
  started.WaitForNotification();
  EXPECT_EQ(pool.running(), 1U);
  EXPECT_TRUE(pool.TrySubmit([&] { ++ran; }));
  EXPECT_TRUE(pool.TrySubmit([&] { ++ran; }));
  EXPECT_EQ(pool.waiting(), 2U);
  auto refused = std::make_shared<int>();
  EXPECT_FALSE(pool.TrySubmit([refused, &ran] { ran = 100; }));
  EXPECT_EQ(refused.use_count(), 1) << "a refused task is destroyed";

  release.Notify();
  absl::Notification last;
  while (!pool.TrySubmit([&] { last.Notify(); })) {
  }
  last.WaitForNotification();
  EXPECT_EQ(ran, 2);
}

TEST(BlockingPool, ShutdownRunsWhatWaitsAndTakesNothingNew) {
  std::atomic<int> ran = 0;
  BlockingPool pool({.threads = 2, .queue = 100});
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool.TrySubmit([&] { ++ran; }));
  pool.Shutdown();
  EXPECT_EQ(ran, 50);
  EXPECT_FALSE(pool.TrySubmit([&] { ++ran; }));
  pool.Shutdown();
  EXPECT_EQ(ran, 50);
}

TEST(BlockingPool, TellsHowLongEachTaskWaited) {
  absl::Mutex mutex;
  std::vector<absl::Duration> waits;
  BlockingPool pool({.threads = 1, .queue = 10, .on_start = [&](absl::Duration wait) {
                       absl::MutexLock lock(&mutex);
                       waits.push_back(wait);
                     }});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.TrySubmit([] {}));
  pool.Shutdown();
  absl::MutexLock lock(&mutex);
  ASSERT_EQ(waits.size(), 3U);
  for (const absl::Duration wait : waits) EXPECT_GE(wait, absl::ZeroDuration());
}

}  // namespace
}  // namespace parlor::service
