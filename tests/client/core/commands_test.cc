#include "client/core/commands.h"

#include <set>

#include "gtest/gtest.h"

namespace parlor::client {
namespace {

TEST(Commands, NamesAreUniqueAndEveryOneHasHelp) {
  std::set<std::string> names;
  for (const CommandSpec& spec : Commands()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_NE(std::string(spec.help), "") << spec.name;
    std::set<std::string> args;
    for (const ArgSpec& arg : spec.args) {
      EXPECT_TRUE(args.insert(arg.name).second) << spec.name << " " << arg.name;
      EXPECT_EQ(arg.kind == ArgKind::kChoice, !arg.choices.empty()) << spec.name << " " << arg.name;
    }
  }
}

TEST(Commands, SigilsAreDroppedAndTargetsKeepThem) {
  Command command{"kick", {{"room", "#tea"}, {"user", "@bob"}}, {}};
  ASSERT_TRUE(Normalize(command).ok());
  EXPECT_EQ(command.Get("room"), "tea");
  EXPECT_EQ(command.Get("user"), "bob");
  Command send{"send", {{"target", "@bob"}, {"text", "hi"}}, {}};
  ASSERT_TRUE(Normalize(send).ok());
  EXPECT_EQ(send.Get("target"), "@bob");
}

TEST(Commands, WhatIsWrongIsNamed) {
  const auto why = [](Command command) { return std::string(Normalize(command).message()); };
  EXPECT_NE(why({"dance", {}, {}}).find("no such command"), std::string::npos);
  EXPECT_NE(why({"join", {}, {}}).find("'room'"), std::string::npos);
  EXPECT_NE(why({"join", {{"room", "tea"}, {"colour", "red"}}, {}}).find("'colour'"), std::string::npos);
  EXPECT_NE(why({"status", {{"status", "dead"}}, {}}).find("online, away, busy"), std::string::npos);
  EXPECT_NE(why({"history", {{"target", "#tea"}, {"limit", "many"}}, {}}).find("number"), std::string::npos);
  EXPECT_NE(why({"send", {{"target", "bob"}, {"text", "x"}}, {}}).find("#room or @user"), std::string::npos);
}

}  // namespace
}  // namespace parlor::client
