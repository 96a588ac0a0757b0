#include "services/auth/auth_options.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "tests/services/auth/auth_fixture.h"
#include "tests/services/common/parsed_settings.h"

namespace parlor::auth {
namespace {

using AuthOptionsTest = AuthTest;

TEST_F(AuthOptionsTest, WhatMakesNoSenseIsNamed) {
  ASSERT_TRUE(Validate(Options()).ok());
  const std::vector<std::pair<const char*, std::function<void(AuthOptions&)>>> cases = {
      {"database", [](AuthOptions& o) { o.database.clear(); }},
      {"signing keys", [](AuthOptions& o) { o.keys_directory.clear(); }},
      {"people's CA", [](AuthOptions& o) { o.people.reset(); }},
      {"--key-rotation", [](AuthOptions& o) { o.keys.rotate_after = absl::Minutes(1); }},
      {"free failures", [](AuthOptions& o) { o.throttle.free_failures_per_account = 0; }},
      {"--login-max-delay", [](AuthOptions& o) { o.throttle.max_delay = absl::Hours(1); }},
      {"--auth-connections", [](AuthOptions& o) { o.database_connections = 0; }},
      {"memory", [](AuthOptions& o) { o.argon2.memory_kib = 1; }}};
  for (const auto& [named, spoil] : cases) {
    AuthOptions options = Options();
    spoil(options);
    const absl::Status status = Validate(options);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << named;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(named));
  }
}

TEST_F(AuthOptionsTest, FlagsReachTheOptions) {
  const std::vector<std::string> arguments = {"--argon2-memory-kib=32768", "--argon2-passes=3",
                                              "--waiting-logins=7",        "--login-max-delay=30s",
                                              "--key-rotation=48h",        "--hashes-at-once=1"};
  const AuthOptions options = testing::ParsedSettings(AddAuthSettings, arguments, Options());
  EXPECT_EQ(options.argon2.memory_kib, 32768u);
  EXPECT_EQ(options.argon2.passes, 3u);
  EXPECT_EQ(options.waiting_logins, 7u);
  EXPECT_EQ(options.throttle.max_delay, absl::Seconds(30));
  EXPECT_EQ(options.keys.rotate_after, absl::Hours(48));
  EXPECT_EQ(options.hash_gate.running, 1u);
}

TEST_F(AuthOptionsTest, ADatabaseThatCannotBeOpenedIsAnError) {
  AuthOptions options = Options();
  options.database = (directory_ / "no such directory" / "auth.db").string();
  prometheus::Registry registry;
  EXPECT_FALSE(AuthModule::Create(options, &clock_, &registry).ok());
}

}  // namespace
}  // namespace parlor::auth
