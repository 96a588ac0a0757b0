#include "services/rooms/rooms_options.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "tests/services/common/parsed_settings.h"

namespace parlor::rooms {
namespace {

RoomsOptions Parsed(std::vector<std::string> arguments) {
  return parlor::testing::ParsedSettings(AddRoomsSettings, std::move(arguments));
}

TEST(RoomsOptionsTest, DefaultsAreSane) {
  const RoomsOptions options = Parsed({});
  EXPECT_TRUE(Validate(options).ok());
  EXPECT_EQ(options.limits.default_capacity, 1'000u);
  EXPECT_EQ(options.limits.max_capacity, 1'000u);
  EXPECT_EQ(options.limits.max_rooms, 100'000u);
  EXPECT_EQ(options.limits.max_owned, 20u);
  EXPECT_EQ(options.limits.creations_per_hour, 60);
  EXPECT_EQ(options.limits.joins_per_minute, 30);
  EXPECT_EQ(options.limits.changes_per_minute, 120);
  EXPECT_EQ(options.limits.max_standings, 10'000u);
  EXPECT_EQ(options.limits.kick_hold, absl::Seconds(60));
  EXPECT_EQ(options.stream.heartbeat, absl::Seconds(5));
  EXPECT_EQ(options.directory.grace, absl::Seconds(20));
  EXPECT_EQ(options.sessions.total, 19'000u);
  EXPECT_EQ(options.threads, 4);
  EXPECT_EQ(options.queue, 512u);
  EXPECT_EQ(options.goodbye_spread, absl::Seconds(5));
}

TEST(RoomsOptionsTest, FlagsReachTheOptions) {
  const RoomsOptions options = Parsed(
      {"--room-capacity=11", "--max-room-capacity=12", "--max-rooms=13", "--rooms-per-owner=14",
       "--rooms-created-per-hour=15", "--joins-per-minute=16", "--room-changes-per-minute=17",
       "--room-standings=18", "--kick-hold=19s", "--room-heartbeat=20s", "--room-grace=21s",
       "--max-room-streams=22", "--rooms-threads=23", "--rooms-queue=24", "--room-goodbye-spread=25s"});
  EXPECT_EQ(options.limits.default_capacity, 11u);
  EXPECT_EQ(options.limits.max_capacity, 12u);
  EXPECT_EQ(options.limits.max_rooms, 13u);
  EXPECT_EQ(options.limits.max_owned, 14u);
  EXPECT_EQ(options.limits.creations_per_hour, 15);
  EXPECT_EQ(options.limits.joins_per_minute, 16);
  EXPECT_EQ(options.limits.changes_per_minute, 17);
  EXPECT_EQ(options.limits.max_standings, 18u);
  EXPECT_EQ(options.limits.kick_hold, absl::Seconds(19));
  EXPECT_EQ(options.stream.heartbeat, absl::Seconds(20));
  EXPECT_EQ(options.directory.grace, absl::Seconds(21));
  EXPECT_EQ(options.sessions.total, 22u);
  EXPECT_EQ(options.threads, 23);
  EXPECT_EQ(options.queue, 24u);
  EXPECT_EQ(options.goodbye_spread, absl::Seconds(25));
}

TEST(RoomsOptionsTest, WhatMakesNoSenseIsNamed) {
  const std::vector<std::pair<const char*, std::function<void(RoomsOptions&)>>> cases = {
      {"--room-capacity", [](RoomsOptions& o) { o.limits.default_capacity = 0; }},
      {"--max-room-capacity", [](RoomsOptions& o) { o.limits.max_capacity = 999; }},
      {"--rooms-created-per-hour", [](RoomsOptions& o) { o.limits.creations_per_hour = 0; }},
      {"--joins-per-minute", [](RoomsOptions& o) { o.limits.joins_per_minute = 0; }},
      {"--room-changes-per-minute", [](RoomsOptions& o) { o.limits.changes_per_minute = 0; }},
      {"--rooms-threads", [](RoomsOptions& o) { o.threads = 0; }},
      {"--room-heartbeat", [](RoomsOptions& o) { o.stream.heartbeat = absl::Milliseconds(999); }}};
  for (const auto& [named, spoil] : cases) {
    RoomsOptions options;
    spoil(options);
    const absl::Status status = Validate(options);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << named;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(named));
  }
}

}  // namespace
}  // namespace parlor::rooms
