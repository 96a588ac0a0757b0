#include "services/common/metrics/pool_metrics.h"

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

namespace parlor::service {
namespace {

TEST(PoolMetrics, ShowWaitingRunningAndTheWait) {
  prometheus::Registry registry;
  PoolMetrics metrics(registry);
  auto pool = std::make_shared<BlockingPool>(
      BlockingPoolOptions{.name = "sql", .threads = 1, .queue = 2, .on_start = metrics.WaitObserver("sql")});
  metrics.Watch(pool);
  absl::Notification running;
  absl::Notification release;
  ASSERT_TRUE(pool->TrySubmit([&] {
    running.Notify();
    release.WaitForNotification();
  }));
  running.WaitForNotification();
  ASSERT_TRUE(pool->TrySubmit([] {}));
  ASSERT_TRUE(pool->TrySubmit([] {}));
  const std::string text = prometheus::TextSerializer().Serialize(metrics.Collect());
  EXPECT_NE(text.find("parlor_pool_waiting{pool=\"sql\"} 2"), std::string::npos) << text;
  EXPECT_NE(text.find("parlor_pool_running{pool=\"sql\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("parlor_pool_threads{pool=\"sql\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("parlor_pool_queue{pool=\"sql\"} 2"), std::string::npos) << text;
  EXPECT_NE(text.find("parlor_pool_refused_total{pool=\"sql\"} 0"), std::string::npos) << text;
  EXPECT_FALSE(pool->TrySubmit([] {}));
  const std::string full = prometheus::TextSerializer().Serialize(metrics.Collect());
  EXPECT_NE(full.find("parlor_pool_refused_total{pool=\"sql\"} 1"), std::string::npos) << full;

  release.Notify();
  pool->Shutdown();
  const std::string waits = prometheus::TextSerializer().Serialize(registry.Collect());
  EXPECT_NE(waits.find("parlor_pool_wait_seconds_count{pool=\"sql\"} 3"), std::string::npos) << waits;
  pool = nullptr;
  for (const prometheus::MetricFamily& family : metrics.Collect()) EXPECT_TRUE(family.metric.empty());
}

}  // namespace
}  // namespace parlor::service
