#include "client/home/home.h"

#include <sys/stat.h>

#include <map>
#include <string>

#include "gtest/gtest.h"
#include "tests/client/home/temp_home.h"

namespace parlor::client {
namespace {

Environment Table(std::map<std::string, std::string> table) {
  return [table = std::move(table)](const char* name) -> std::optional<std::string> {
    const auto found = table.find(name);
    if (found == table.end()) return std::nullopt;
    return found->second;
  };
}

TEST(ChooseHome, TakesTheMostSpecific) {
  std::map<std::string, std::string> table = {
      {"PARLOR_HOME", "/p"}, {"XDG_DATA_HOME", "/x"}, {"HOME", "/home/me"}};
  EXPECT_EQ(*ChooseHome("/flag", Table(table)), "/flag");
  EXPECT_EQ(*ChooseHome("", Table(table)), "/p");
  table["PARLOR_HOME"] = "";
  EXPECT_EQ(*ChooseHome("", Table(table)), "/x/parlor");
  table["XDG_DATA_HOME"] = "relative";
  EXPECT_EQ(*ChooseHome("", Table(table)), "/home/me/.local/share/parlor");
  table.erase("HOME");
  EXPECT_TRUE(ChooseHome("", Table(table))->is_absolute()) << "from the password database";
}

TEST(ChooseHome, IsAbsoluteAndWithoutATrailingSlash) {
  EXPECT_EQ(*ChooseHome("here", Table({})), std::filesystem::current_path() / "here");
  EXPECT_EQ(*ChooseHome("/here/", Table({})), "/here");
}

TEST(Home, IsMadeForItsOwnerOnly) {
  const TempHome temp;
  const std::filesystem::path path = temp.home().path() / "a" / "b";
  ASSERT_TRUE(Home::Open(path).ok());
  EXPECT_EQ(ModeOf(path), 0700u);
  ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  ASSERT_TRUE(Home::Open(path).ok());
  EXPECT_EQ(ModeOf(path), 0700u);
}

TEST(Home, IsNoFile) {
  const TempHome temp;
  const std::filesystem::path path = temp.home().path() / "file";
  { ASSERT_EQ(::mknod(path.c_str(), S_IFREG | 0600, 0), 0); }
  EXPECT_FALSE(Home::Open(path).ok());
}

}  // namespace
}  // namespace parlor::client
