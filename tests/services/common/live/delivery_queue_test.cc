#include "services/common/live/delivery_queue.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::live {
namespace {

using ::testing::ElementsAre;

TEST(DeliveryQueueTest, RunsInTheOrderOfAdding) {
  DeliveryQueue queue(10);
  std::vector<int> seen;
  for (int i = 1; i <= 3; ++i) queue.Add([&seen, i] { seen.push_back(i); });
  EXPECT_THAT(seen, ElementsAre());
  queue.Run();
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
}

TEST(DeliveryQueueTest, WhatACallbackAddsIsRunAfterIt) {
  DeliveryQueue queue(10);
  std::vector<int> seen;
  queue.Add([&] {
    queue.Add([&] { seen.push_back(3); });
    queue.Run();
    seen.push_back(1);
  });
  queue.Add([&] { seen.push_back(2); });
  queue.Run();
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
}

TEST(DeliveryQueueTest, ASecondThreadLeavesTheWorkToTheFirst) {
  DeliveryQueue queue(10);
  absl::Notification running, go_on;
  queue.Add([&] {
    running.Notify();
    go_on.WaitForNotification();
  });
  std::thread first([&] { queue.Run(); });
  running.WaitForNotification();
  std::thread::id ran_on;
  queue.Add([&] { ran_on = std::this_thread::get_id(); });
  queue.Run();  // returns although nothing of this was run yet
  const std::thread::id first_id = first.get_id();
  go_on.Notify();
  first.join();
  EXPECT_EQ(ran_on, first_id);
}

TEST(DeliveryQueueTest, HoldsUpWhoAddsBeyondTheBound) {
  DeliveryQueue queue(2);
  absl::Notification running, go_on;
  queue.Add([&] {
    running.Notify();
    go_on.WaitForNotification();
  });
  std::thread first([&] { queue.Run(); });
  running.WaitForNotification();
  std::atomic<int> run = 0;
  for (int i = 0; i < 3; ++i) queue.Add([&] { ++run; });
  absl::Notification returned;
  std::thread second([&] {
    queue.Run();
    returned.Notify();
  });
  EXPECT_FALSE(returned.WaitForNotificationWithTimeout(absl::Milliseconds(20)));
  go_on.Notify();
  first.join();
  second.join();
  EXPECT_EQ(run, 3);
}

TEST(DeliveryQueueTest, AServerRunsWhatOthersOnlyAdd) {
  DeliveryQueue queue(10);
  std::thread server([&] { queue.Serve(); });
  absl::Notification run;
  queue.Add([&] { run.Notify(); });
  EXPECT_TRUE(run.WaitForNotificationWithTimeout(absl::Seconds(10)));
  queue.End();
  server.join();
}

TEST(DeliveryQueueTest, WhoOnlyAddsIsHeldUpByAFullQueueForAWhile) {
  DeliveryQueue queue(1);
  queue.Add([] {});
  queue.AwaitRoom(absl::InfiniteDuration());
  queue.Add([] {});
  const absl::Time before = absl::Now();
  queue.AwaitRoom(absl::Milliseconds(20));
  EXPECT_GE(absl::Now() - before, absl::Milliseconds(20));
  std::thread other([&] { queue.Run(); });
  queue.AwaitRoom(absl::InfiniteDuration());
  other.join();
}

TEST(DeliveryQueueTest, KeepsNothingOfACallbackThatHasRun) {
  DeliveryQueue queue(10);
  auto held = std::make_shared<int>(1);
  queue.Add([held] {});
  queue.Run();
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace parlor::live
