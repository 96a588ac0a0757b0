#include "services/presence/presence_settings.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "tests/services/common/parsed_settings.h"

namespace parlor::presence {
namespace {

PresenceOptions Parsed(std::vector<std::string> arguments) {
  return testing::ParsedSettings(AddPresenceSettings, std::move(arguments));
}

TEST(PresenceSettingsTest, DefaultsAreSane) {
  const PresenceOptions options = Parsed({});
  EXPECT_TRUE(Validate(options).ok());
  EXPECT_EQ(options.stream.heartbeat, absl::Seconds(5));
  EXPECT_EQ(options.directory.grace, absl::Seconds(20));
  EXPECT_EQ(options.sessions.total, 19'000u);
  EXPECT_EQ(options.sessions.per_user, 32u);
}

TEST(PresenceSettingsTest, FlagsReachTheOptions) {
  const PresenceOptions options =
      Parsed({"--presence-heartbeat=7s", "--presence-grace=31s", "--presence-streams=12"});
  EXPECT_EQ(options.stream.heartbeat, absl::Seconds(7));
  EXPECT_EQ(options.directory.grace, absl::Seconds(31));
  EXPECT_EQ(options.sessions.total, 12u);
}

TEST(PresenceSettingsTest, WhatMakesNoSenseIsNamed) {
  const std::vector<std::pair<const char*, std::function<void(PresenceOptions&)>>> cases = {
      {"--presence-heartbeat", [](PresenceOptions& o) { o.stream.heartbeat = absl::Milliseconds(999); }},
      {"--presence-heartbeat", [](PresenceOptions& o) { o.stream.heartbeat = absl::Seconds(61); }},
      {"--presence-grace", [](PresenceOptions& o) { o.directory.grace = absl::Seconds(4); }},
      {"--presence-grace", [](PresenceOptions& o) { o.directory.grace = absl::Minutes(11); }},
      {"--presence-streams", [](PresenceOptions& o) { o.sessions.total = 0; }}};
  for (const auto& [named, spoil] : cases) {
    PresenceOptions options;
    spoil(options);
    const absl::Status status = Validate(options);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << named;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(named));
  }
}

}  // namespace
}  // namespace parlor::presence
