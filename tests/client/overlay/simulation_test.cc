// A room of a hundred under everything at once, small enough for the sanitizers; what it has to be worth is
// in gates_test.cc.
#include <gtest/gtest.h>

#include "client/overlay/simulator/room.h"
#include "tests/client/overlay/gates.h"

namespace parlor::client::overlay {
namespace {

using simulator::MemberIndex;
using simulator::Room;
using simulator::RoomOptions;

TEST(SimulationTest, NothingIsMissedWhereEverythingGoesWrong) {
  RoomOptions options;
  options.network.loss = 0.05;
  Room room(options);
  room.Join(100, absl::Seconds(10));
  room.events().RunFor(absl::Seconds(10));
  room.Talk(20, absl::Milliseconds(200), [&] { return room.AnyAlive(); });
  room.Crash(0.3);
  room.Talk(20, absl::Milliseconds(200), [&] { return room.AnyAlive(); });
  room.network().Partition([](MemberIndex member) { return static_cast<int>(member % 2); });
  room.Talk(20, absl::Milliseconds(500), [&] { return room.AnyAlive(); });
  room.network().Heal();
  room.Join(30, absl::Seconds(5));
  room.network().SetLoss(0);
  room.Talk(20, absl::Milliseconds(200), [&] { return room.AnyAlive(); });
  room.events().RunFor(absl::Seconds(60));
  EXPECT_TRUE(Holds(room.OutcomeSince(0), Gate()));
}

TEST(SimulationTest, ARoomThatOutgrowsTheMeshLosesNothing) {
  RoomOptions options;
  options.overlay.mesh_members = 16;
  options.directory = true;
  Room room(options);
  room.Join(10, absl::Seconds(2));
  EXPECT_TRUE(room.member(0).overlay().mesh());
  for (int i = 0; i < 40; ++i) {
    room.Join(1, absl::Milliseconds(300));
    room.Talk(1, absl::Milliseconds(200), [&] { return room.AnyAlive(); });
  }
  EXPECT_FALSE(room.member(0).overlay().mesh());
  room.events().RunFor(absl::Seconds(30));
  EXPECT_TRUE(Holds(room.OutcomeSince(0), Gate()));
  for (const MemberIndex member : room.alive()) {
    EXPECT_LE(room.member(member).overlay().neighbours().size(), options.overlay.active_view_max);
  }
}

TEST(SimulationTest, InASmallRoomEverybodyIsOneHopAway) {
  Room room((RoomOptions()));
  room.Join(30, absl::Seconds(3));
  room.events().RunFor(absl::Seconds(3));
  room.Talk(30, absl::Milliseconds(50), [&] { return room.AnyAlive(); });
  room.events().RunFor(absl::Seconds(10));
  EXPECT_TRUE(Holds(room.OutcomeSince(0), {.redundancy = 0.01, .last_hop = 1}));
}

// Each is told of 32 others, and so some two of 50 are not linked.
TEST(SimulationTest, InASmallRoomThoseWhoDoNotReachEachOtherHearOfItFromOthersAsSoon) {
  Room room((RoomOptions()));
  room.Join(50, absl::Seconds(5));
  room.events().RunFor(absl::Seconds(5));
  const MemberIndex author = room.alive().back();
  ASSERT_LT(room.member(author).overlay().neighbours().size(), 49u);
  room.Talk(1, absl::ZeroDuration(), [&] { return author; });
  room.events().RunFor(absl::Seconds(10));  // once it takes as long as it does
  const size_t first = room.written();
  room.Talk(50, absl::Milliseconds(100), [&] { return author; });
  room.events().RunFor(absl::Seconds(10));
  const simulator::Outcome outcome = room.OutcomeSince(first);
  EXPECT_TRUE(Holds(outcome, {.redundancy = 0.01, .last_hop = 3}));
  EXPECT_LT(outcome.last, absl::Milliseconds(200)) << "links take 50 ms";
}

}  // namespace
}  // namespace parlor::client::overlay
