#include "services/rooms/permissions.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::rooms {
namespace {

Room RoomWith(bool stage) {
  Room room;
  room.name = "den";
  room.owner = "olga";
  room.stage = stage;
  return room;
}

Standing With(Role role) {
  Standing standing;
  standing.role = role;
  return standing;
}

constexpr Rank kRanks[] = {Rank::kBanned,  Rank::kNewcomer,  Rank::kListener,
                           Rank::kSpeaker, Rank::kModerator, Rank::kOwner};

TEST(Permissions, RanksFollowOwnerBanAndRole) {
  const Room room = RoomWith(false);
  Standing banned = With(Role::kModerator);
  banned.banned = true;
  EXPECT_EQ(RankOf(room, "olga", {}), Rank::kOwner);
  EXPECT_EQ(RankOf(room, "olga", banned), Rank::kOwner);
  EXPECT_EQ(RankOf(room, "bob", banned), Rank::kBanned);
  EXPECT_EQ(RankOf(room, "bob", {}), Rank::kNewcomer);
  EXPECT_EQ(RankOf(room, "bob", With(Role::kListener)), Rank::kListener);
  EXPECT_EQ(RankOf(room, "bob", With(Role::kSpeaker)), Rank::kSpeaker);
  EXPECT_EQ(RankOf(room, "bob", With(Role::kModerator)), Rank::kModerator);
}

TEST(Permissions, NewcomersListenOnAStageAndSpeakElsewhere) {
  EXPECT_EQ(RoleOf(RoomWith(true), "bob", {}), Role::kListener);
  EXPECT_EQ(RoleOf(RoomWith(false), "bob", {}), Role::kSpeaker);
  EXPECT_EQ(RoleOf(RoomWith(true), "olga", {}), Role::kModerator);
  EXPECT_EQ(RoleOf(RoomWith(true), "bob", With(Role::kSpeaker)), Role::kSpeaker);
}

struct TableRow {
  Action action;
  Rank least;
};

class PermissionTable : public ::testing::TestWithParam<TableRow> {};

TEST_P(PermissionTable, AllowsFromOneRankOn) {
  const Room stage = RoomWith(true);
  for (const Rank rank : kRanks) {
    const absl::Status may = CheckMay(GetParam().action, stage, rank);
    if (rank >= GetParam().least) {
      EXPECT_TRUE(may.ok()) << static_cast<int>(rank) << " " << may;
    } else {
      EXPECT_EQ(may.code(), absl::StatusCode::kPermissionDenied) << static_cast<int>(rank);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, PermissionTable,
    ::testing::Values(TableRow{Action::kRaiseHand, Rank::kNewcomer},
                      TableRow{Action::kSetTopic, Rank::kModerator},
                      TableRow{Action::kInvite, Rank::kModerator}, TableRow{Action::kKick, Rank::kModerator},
                      TableRow{Action::kBan, Rank::kModerator}, TableRow{Action::kUnban, Rank::kModerator},
                      TableRow{Action::kSetRole, Rank::kModerator}, TableRow{Action::kClose, Rank::kOwner}));

TEST(Permissions, HandsAreRaisedOnStagesOnly) {
  EXPECT_EQ(CheckMay(Action::kRaiseHand, RoomWith(false), Rank::kSpeaker).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(Permissions, OnlyTheOwnerActsOnModeratorsAndNobodyOnTheOwner) {
  const Room room = RoomWith(true);
  for (const Action action : {Action::kKick, Action::kBan, Action::kSetRole}) {
    EXPECT_TRUE(CheckMayActOn(action, room, {Rank::kModerator, Rank::kSpeaker}).ok());
    EXPECT_TRUE(CheckMayActOn(action, room, {Rank::kModerator, Rank::kBanned}).ok());
    EXPECT_TRUE(CheckMayActOn(action, room, {Rank::kOwner, Rank::kModerator}).ok());
    EXPECT_EQ(CheckMayActOn(action, room, {Rank::kModerator, Rank::kModerator}).code(),
              absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(CheckMayActOn(action, room, {Rank::kModerator, Rank::kOwner}).code(),
              absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(CheckMayActOn(action, room, {Rank::kSpeaker, Rank::kNewcomer}).code(),
              absl::StatusCode::kPermissionDenied);
  }
}

TEST(Permissions, NobodyKicksBansOrInvitesThemselves) {
  const Room room = RoomWith(false);
  for (const Action action : {Action::kKick, Action::kBan, Action::kInvite}) {
    EXPECT_EQ(CheckMayActOn(action, room, {Rank::kModerator, Rank::kModerator, true}).code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(Permissions, ModeratorsMayStepDownAndOwnersMayNot) {
  const Room room = RoomWith(true);
  EXPECT_TRUE(CheckMaySetRole(room, {Rank::kModerator, Rank::kModerator, true}, Role::kListener).ok());
  EXPECT_EQ(CheckMaySetRole(room, {Rank::kOwner, Rank::kOwner, true}, Role::kSpeaker).code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(CheckMaySetRole(room, {Rank::kListener, Rank::kListener, true}, Role::kSpeaker).code(),
            absl::StatusCode::kPermissionDenied)
      << "a listener must not promote themselves";
}

TEST(Permissions, OnlyStagesHaveListeners) {
  EXPECT_EQ(CheckMaySetRole(RoomWith(false), {Rank::kOwner, Rank::kNewcomer}, Role::kListener).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(CheckMaySetRole(RoomWith(true), {Rank::kOwner, Rank::kNewcomer}, Role::kListener).ok());
}

}  // namespace
}  // namespace parlor::rooms
