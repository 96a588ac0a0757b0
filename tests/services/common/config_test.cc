#include "services/common/config.h"

#include <stdlib.h>

#include <fstream>

#include "CLI/CLI.hpp"
#include "gtest/gtest.h"
#include "services/common/service_settings.h"
#include "tests/services/common/temp_dir.h"

namespace parlor::service {
namespace {

using ::parlor::testing::TempDir;

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() { AddServiceSettings(app_, settings_); }
  ~ConfigTest() override {
    for (const char* name : {"PARLOR_LISTEN", "PARLOR_DRAIN", "PARLOR_INSECURE", "PARLOR_TRUSTED_PROXIES"}) {
      ::unsetenv(name);
    }
  }
  // Arguments in reverse, as CLI11 wants them.
  void Parse(std::vector<std::string> arguments) {
    app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  }

  ServiceSettings settings_;
  CLI::App app_;
};

TEST_F(ConfigTest, FlagsWinOverTheEnvironmentOverTheFile) {
  TempDir dir;
  std::ofstream(dir / "parlor.conf") << "listen = \"file:1\"\nadmin = \"file:2\"\ndrain = \"3s\"\n";
  ::setenv("PARLOR_LISTEN", "environment:1", 1);
  ::setenv("PARLOR_DRAIN", "1m", 1);
  Parse({"--config", (dir / "parlor.conf").string(), "--listen", "flag:1"});
  EXPECT_EQ(settings_.listen, "flag:1");
  EXPECT_EQ(settings_.drain, absl::Minutes(1));
  EXPECT_EQ(settings_.admin, "file:2");
}

TEST_F(ConfigTest, SwitchesAndLists) {
  Parse({"--insecure", "--trusted-proxies", "10.0.0.0/8,fd00::/8"});
  EXPECT_TRUE(settings_.insecure);
  EXPECT_EQ(settings_.trusted_proxies, (std::vector<std::string>{"10.0.0.0/8", "fd00::/8"}));
}

TEST_F(ConfigTest, SwitchesAndListsFromTheEnvironment) {
  ::setenv("PARLOR_INSECURE", "true", 1);
  ::setenv("PARLOR_TRUSTED_PROXIES", "10.0.0.0/8,fd00::/8", 1);
  Parse({});
  EXPECT_TRUE(settings_.insecure);
  EXPECT_EQ(settings_.trusted_proxies.size(), 2U);
}

TEST_F(ConfigTest, ASwitchCanBeTurnedOffByValue) {
  ::setenv("PARLOR_INSECURE", "false", 1);
  Parse({});
  EXPECT_FALSE(settings_.insecure);
}

TEST_F(ConfigTest, HelpShowsDefaultsAndVariables) {
  const std::string help = app_.help();
  for (const char* expected : {"--listen", "[::]:7447", "PARLOR_LISTEN", "--drain", "10s", "PARLOR_DRAIN",
                               "--config", "PARLOR_CONFIG", "PARLOR_INSECURE"}) {
    EXPECT_NE(help.find(expected), std::string::npos) << expected << " is missing in\n" << help;
  }
}

TEST_F(ConfigTest, WrongValuesAreRefused) {
  EXPECT_THROW(Parse({"--drain", "soon"}), CLI::ParseError);
  EXPECT_THROW(Parse({"--drain", "-1s"}), CLI::ParseError);
  EXPECT_THROW(Parse({"--nonsense"}), CLI::ParseError);
  EXPECT_THROW(Parse({"--config", "/does/not/exist"}), CLI::ParseError);
}

}  // namespace
}  // namespace parlor::service
