// docs/user-guide.md names every flag, variable, command and exit code of `parlor`, and none that there is
// not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/arguments.h"
#include "client/cli/exit_code.h"
#include "client/home/home.h"
#include "client/home/libsecret_keyring.h"

namespace parlor::client {
namespace {

std::string Guide() {
  std::ifstream file(absl::StrCat(PARLOR_SOURCE_DIR, "/docs/user-guide.md"));
  EXPECT_TRUE(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

// First cells of the table under a heading, up to the first character that ends a word.
std::set<std::string> FirstCells(const std::string& guide, const std::string& heading) {
  std::set<std::string> cells;
  const size_t begin = guide.find(absl::StrCat("\n", heading, "\n"));
  EXPECT_NE(begin, std::string::npos) << heading;
  if (begin == std::string::npos) return cells;
  const absl::string_view section =
      absl::string_view(guide).substr(begin + 1, guide.find("\n## ", begin + 1) - begin - 1);
  for (const absl::string_view line : absl::StrSplit(section, '\n')) {
    if (!absl::StartsWith(line, "| `")) continue;
    const absl::string_view cell = line.substr(3);
    cells.emplace(cell.substr(0, cell.find_first_of("` ")));
  }
  return cells;
}

std::set<std::string> Flags(const CLI::App& app) {
  std::set<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.insert(absl::StrCat("--", name));
  }
  return flags;
}

// Variables of Parlor's own that the program reads, beside those of flags: asked of an environment that has
// none.
std::set<std::string> VariablesRead() {
  std::set<std::string> names;
  const Environment environment = [&](const char* name) -> std::optional<std::string> {
    if (absl::StartsWith(name, "PARLOR_")) names.insert(name);
    return std::nullopt;
  };
  ChooseHome("", environment).IgnoreError();  // the password database knows one
  EXPECT_EQ(FindKeyring(environment), nullptr);
  return names;
}

class UserGuideTest : public ::testing::Test {
 protected:
  std::vector<const CLI::App*> AllApps() const {
    std::vector<const CLI::App*> apps = {&app_};
    for (const CLI::App* sub : app_.get_subcommands([](const CLI::App*) { return true; }))
      apps.push_back(sub);
    return apps;
  }

  CLI::App app_{"", "parlor"};
  const Arguments arguments_{app_};
  const std::string guide_ = Guide();
};

TEST_F(UserGuideTest, TheTableOfCommandsIsTheListOfSubcommands) {
  std::set<std::string> commands;
  for (const CLI::App* sub : app_.get_subcommands([](const CLI::App*) { return true; })) {
    commands.insert(sub->get_name());
  }
  EXPECT_EQ(FirstCells(guide_, "## Commands of the shell"), commands);
}

TEST_F(UserGuideTest, TheTableOfFlagsIsThatOfTheProgram) {
  std::set<std::string> flags = Flags(app_);
  flags.insert("--version");  // main adds it
  for (const char* name : {"register", "login", "listen", "send"})
    flags.merge(Flags(*app_.get_subcommand(name)));
  EXPECT_EQ(FirstCells(guide_, "## Flags"), flags);
}

TEST_F(UserGuideTest, TheTableOfVariablesIsThatOfTheProgram) {
  std::set<std::string> variables = VariablesRead();
  for (const CLI::App* app : AllApps()) {
    for (const CLI::Option* option : app->get_options()) {
      if (!option->get_envname().empty()) variables.insert(option->get_envname());
    }
  }
  EXPECT_EQ(FirstCells(guide_, "## Environment"), variables);
  EXPECT_THAT(variables, ::testing::IsSupersetOf({"PARLOR_SERVER", "PARLOR_HOME", "PARLOR_KEYRING"}));
}

TEST_F(UserGuideTest, TheTableOfExitCodes) {
  std::set<std::string> codes;
  for (const int code : {kExitOk, kExitError, kExitUsage, kExitQueued, kExitAlone})
    codes.insert(absl::StrCat(code));
  EXPECT_EQ(FirstCells(guide_, "## Exit codes"), codes);
}

}  // namespace
}  // namespace parlor::client
