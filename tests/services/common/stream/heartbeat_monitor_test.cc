#include "services/common/stream/heartbeat_monitor.h"

#include <memory>
#include <vector>

#include "base/clock.h"
#include "gtest/gtest.h"
#include "services/common/stream/deadlines.h"
#include "tests/test_time.h"

namespace parlor::service {
namespace {

// What a stream does with its deadlines, without a stream.
class FakeStream : public Monitored {
 public:
  explicit FakeStream(absl::Time now) : deadlines_(now + absl::Hours(1), now) { deadlines_.Heard(now); }

  void Heartbeat(absl::Time now) { deadlines_.Heard(now); }

  absl::Time OnDeadline(absl::Time now) override {
    ++looks;
    const auto verdict = deadlines_.Check(options_, now);
    if (verdict.end.ok()) return verdict.next;
    ended = true;
    return absl::InfiniteFuture();
  }

  int looks = 0;
  bool ended = false;

 private:
  const StreamOptions options_{};
  StreamDeadlines deadlines_;
};

TEST(HeartbeatMonitorTest, TheSilentOneIsEndedAndNobodyElse) {
  HeartbeatMonitor monitor;
  ManualClock clock(kTestStart);
  std::vector<std::shared_ptr<FakeStream>> streams;
  for (int i = 0; i < 100; ++i) {
    streams.push_back(std::make_shared<FakeStream>(clock.Now()));
    monitor.Watch(streams.back(), clock.Now() + absl::Seconds(15));
  }
  constexpr int kSilent = 42;
  for (int second = 1; second <= 300; ++second) {
    clock.Advance(absl::Seconds(1));
    if (second % 5 == 0) {
      for (int i = 0; i < 100; ++i) {
        if (i != kSilent) streams[static_cast<size_t>(i)]->Heartbeat(clock.Now());
      }
    }
    monitor.Tick(clock.Now());
    EXPECT_EQ(streams[kSilent]->ended, second >= 15) << second;
  }
  for (int i = 0; i < 100; ++i) {
    if (i == kSilent) continue;
    EXPECT_FALSE(streams[static_cast<size_t>(i)]->ended) << i;
    // Once in 15 s, or a little more often: not at every tick, and not at every heartbeat.
    EXPECT_LE(streams[static_cast<size_t>(i)]->looks, 300 / 10) << i;
  }
}

TEST(HeartbeatMonitorTest, LooksOnlyAtWhatIsDue) {
  HeartbeatMonitor monitor;
  const auto stream = std::make_shared<FakeStream>(kTestStart);
  monitor.Watch(stream, kTestStart + absl::Seconds(3));
  monitor.Tick(kTestStart + absl::Seconds(2));
  EXPECT_EQ(stream->looks, 0);
  monitor.Tick(kTestStart + absl::Seconds(3));
  EXPECT_EQ(stream->looks, 1);
  monitor.Tick(kTestStart + absl::Seconds(4));
  EXPECT_EQ(stream->looks, 1);
}

TEST(HeartbeatMonitorTest, ForgetsStreamsThatAreGoneOrDone) {
  HeartbeatMonitor monitor;
  auto gone = std::make_shared<FakeStream>(kTestStart);
  const auto done = std::make_shared<FakeStream>(kTestStart);
  monitor.Watch(gone, kTestStart + absl::Seconds(15));
  monitor.Watch(done, kTestStart + absl::Seconds(15));
  EXPECT_EQ(monitor.size(), 2u);
  gone.reset();
  monitor.Tick(kTestStart + absl::Seconds(15));
  EXPECT_TRUE(done->ended);
  EXPECT_EQ(monitor.size(), 0u);
}

TEST(HeartbeatMonitorTest, AStreamMayBeWatchedFromWithinATick) {
  class Spawner : public Monitored {
   public:
    explicit Spawner(HeartbeatMonitor* monitor) : monitor_(monitor) {}
    absl::Time OnDeadline(absl::Time now) override {
      child = std::make_shared<FakeStream>(now);
      monitor_->Watch(child, now);
      return absl::InfiniteFuture();
    }
    std::shared_ptr<FakeStream> child;

   private:
    HeartbeatMonitor* const monitor_;
  };
  HeartbeatMonitor monitor;
  const auto spawner = std::make_shared<Spawner>(&monitor);
  monitor.Watch(spawner, kTestStart);
  monitor.Tick(kTestStart);
  monitor.Tick(kTestStart);
  EXPECT_EQ(spawner->child->looks, 1);
}

}  // namespace
}  // namespace parlor::service
