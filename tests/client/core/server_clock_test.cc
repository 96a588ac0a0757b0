#include "client/core/server_clock.h"

#include "client/loop/virtual_loop.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

TEST(ServerClock, StartsFromWhatWasRemembered) {
  VirtualLoop loop;
  const ServerClock clock(loop, absl::Hours(1));
  EXPECT_EQ(clock.offset(), absl::Hours(1));
  loop.RunFor(absl::Minutes(5));
  EXPECT_EQ(clock.Now(), loop.Now() + absl::Hours(1));
}

TEST(ServerClock, FollowsTheServerAndTheBestAnswer) {
  VirtualLoop loop;
  ServerClock clock(loop, absl::ZeroDuration());
  const absl::Time server = loop.Now() + absl::Hours(1);
  clock.Heard(server, absl::Milliseconds(10));
  EXPECT_EQ(clock.Now(), server + absl::Milliseconds(5));
  clock.Heard(server, absl::Milliseconds(400));  // slower, and does not contradict
  EXPECT_EQ(clock.Now(), server + absl::Milliseconds(5));
  clock.Heard(server + absl::Minutes(10), absl::Milliseconds(400));  // the server's clock was set
  EXPECT_EQ(clock.Now(), server + absl::Minutes(10) + absl::Milliseconds(200));
}

TEST(ServerClock, TakesASlowerAnswerWhenTheBestIsOld) {
  VirtualLoop loop;
  ServerClock clock(loop, absl::ZeroDuration());
  clock.Heard(loop.Now(), absl::Milliseconds(2));
  loop.RunFor(absl::Minutes(11));
  clock.Heard(loop.Now() + absl::Milliseconds(20), absl::Milliseconds(100));
  EXPECT_EQ(clock.offset(), absl::Milliseconds(70));
}

}  // namespace
}  // namespace parlor::client
