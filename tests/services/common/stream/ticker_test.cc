#include "services/common/stream/ticker.h"

#include <atomic>

#include "absl/synchronization/blocking_counter.h"
#include "gtest/gtest.h"

namespace parlor::service {
namespace {

TEST(TickerTest, TicksWithTheClocksTimeUntilItEnds) {
  const ManualClock clock;
  absl::BlockingCounter three(3);
  std::atomic<int> ticks = 0;
  {
    Ticker ticker(clock, absl::Milliseconds(1), [&](absl::Time now) {
      EXPECT_EQ(now, clock.Now());
      if (++ticks <= 3) three.DecrementCount();
    });
    three.Wait();
  }
  const int at_end = ticks;
  EXPECT_GE(at_end, 3);
  absl::SleepFor(absl::Milliseconds(5));  // five periods, in which an ended ticker does nothing
  EXPECT_EQ(ticks, at_end);
}

TEST(TickerTest, EndsAtOnceWhateverThePeriod) {
  const ManualClock clock;
  const absl::Time start = absl::Now();
  {
    Ticker ticker(clock, absl::Hours(1), [](absl::Time) {});
  }
  EXPECT_LT(absl::Now() - start, absl::Minutes(1));
}

}  // namespace
}  // namespace parlor::service
