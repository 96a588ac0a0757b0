// Commands that services answer, while a service is away for a moment and the streams go on.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/client/core/test_person.h"

namespace parlor::client {
namespace {

class AskingTest : public ::testing::Test {
 protected:
  AskingTest() {
    world.server.List(3, 0);
    ann.StartCore();
    EXPECT_TRUE(world.Until([&] { return world.server.IsOnline("ann"); }));
    ann.Forget();
  }

  TestWorld world;
  TestPerson ann{world, "ann", "10.0.0.1"};
};

TEST_F(AskingTest, NobodyNoticesAServiceThatIsAwayForAMoment) {
  world.server.RefuseCalls(2);
  ann.Do("rooms", {}, "asked");
  ASSERT_TRUE(world.Until([&] { return !ann.All<RoomsEvent>().empty(); }));
  EXPECT_EQ(ann.All<RoomsEvent>()[0].rooms.size(), 3u);
  EXPECT_EQ(ann.All<RoomsEvent>()[0].ref, "asked");
  EXPECT_TRUE(ann.All<ErrorEvent>().empty());
}

TEST_F(AskingTest, AServiceThatStaysAwayIsAnErrorWithinTheTimeOfACall) {
  world.server.RefuseCalls(1'000);
  const absl::Duration before = world.loop.Uptime();
  ann.Do("rooms", {}, "asked");
  ASSERT_TRUE(world.Until([&] { return ann.SawError("unavailable"); }));
  EXPECT_LE(world.loop.Uptime() - before, kCallTimeout);
  EXPECT_EQ(ann.All<ErrorEvent>()[0].ref, "asked");
  EXPECT_TRUE(ann.All<RoomsEvent>().empty());
}

// The room may have been made, and the second answer would be that there is one already.
TEST_F(AskingTest, WhatCannotBeDoneTwiceIsAskedOnce) {
  world.server.RefuseCalls(1);
  const absl::Duration before = world.loop.Uptime();
  ann.Do("create", {{"room", "den"}}, "asked");
  ASSERT_TRUE(world.Until([&] { return ann.SawError("unavailable"); }));
  EXPECT_LT(world.loop.Uptime() - before, absl::Milliseconds(100));
  EXPECT_EQ(ann.All<ErrorEvent>()[0].ref, "asked");
  world.loop.RunFor(kCallTimeout);
  EXPECT_FALSE(ann.SawRoom("entered", "ann"));
  EXPECT_EQ(ann.All<ErrorEvent>().size(), 1u);
}

TEST_F(AskingTest, AClientThatEndsDoesNotWaitForWhatItAsks) {
  world.server.RefuseCalls(1'000);
  ann.Do("rooms", {}, "asked");
  world.loop.RunFor(absl::Seconds(1));
  ann.Kill();
  ann.Forget();
  world.loop.RunFor(absl::Minutes(1));
  EXPECT_TRUE(ann.events.empty());
}

}  // namespace
}  // namespace parlor::client
