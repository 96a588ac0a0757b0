#include "client/ui/command_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace parlor::client {
namespace {

using ::testing::HasSubstr;
using Args = std::map<std::string, std::string>;

struct Case {
  const char* name;
  const char* rest;
  Args args;
};

TEST(CommandWordsTest, ReadsArgumentsInOrder) {
  const Case cases[] = {
      {"join", "lobby", {{"room", "lobby"}}},
      {"join", " #lobby  secret ", {{"room", "lobby"}, {"password", "secret"}}},
      {"join", "lobby takeover=yes", {{"room", "lobby"}, {"takeover", "yes"}}},
      {"create", "lobby", {{"room", "lobby"}}},
      {"create", "lobby All about tea", {{"room", "lobby"}, {"topic", "All about tea"}}},
      {"create",
       "lobby invite yes Tea",
       {{"room", "lobby"}, {"access", "invite"}, {"stage", "yes"}, {"topic", "Tea"}}},
      {"create",
       "lobby password=x stage=yes a=b",
       {{"room", "lobby"}, {"password", "x"}, {"stage", "yes"}, {"topic", "a=b"}}},
      {"send", "@bob two  spaces\nand a row", {{"target", "@bob"}, {"text", "two  spaces\nand a row"}}},
      {"msg", "@bob", {{"user", "bob"}}},
      {"role", "lobby bob speaker", {{"room", "lobby"}, {"user", "bob"}, {"role", "speaker"}}},
      {"status", "", {}},
      {"status", "away at lunch", {{"status", "away"}, {"text", "at lunch"}}},
      {"status", "at lunch", {{"text", "at lunch"}}},
      {"history", "@bob 20", {{"target", "@bob"}, {"limit", "20"}}},
      {"history", "@bob before=x:1:2", {{"target", "@bob"}, {"before", "x:1:2"}}},
      {"verify", "bob match", {{"user", "bob"}, {"answer", "match"}}},
      {"who", "", {}},
  };
  for (const Case& test : cases) {
    const absl::StatusOr<Command> command = ReadCommand(test.name, test.rest);
    ASSERT_TRUE(command.ok()) << test.name << " " << test.rest << ": " << command.status();
    EXPECT_EQ(command->args, test.args) << test.name << " " << test.rest;
  }
}

TEST(CommandWordsTest, TheRoomOneIsInMayBeLeftOut) {
  const CommandContext room = {"#lobby", ""};
  const Case cases[] = {
      {"leave", "", {{"room", "lobby"}}},
      {"leave", "other", {{"room", "other"}}},
      {"who", "", {{"room", "lobby"}}},
      {"who", "other", {{"room", "other"}}},
      {"topic", "tea and cake", {{"room", "lobby"}, {"topic", "tea and cake"}}},
      {"topic", "#other tea", {{"room", "other"}, {"topic", "tea"}}},
      {"kick", "bob", {{"room", "lobby"}, {"user", "bob"}}},
      {"kick", "other bob", {{"room", "other"}, {"user", "bob"}}},
      {"role", "bob speaker", {{"room", "lobby"}, {"user", "bob"}, {"role", "speaker"}}},
      {"hand", "down", {{"room", "lobby"}, {"raised", "down"}}},
      {"hand", "", {{"room", "lobby"}}},
      {"history", "20", {{"target", "#lobby"}, {"limit", "20"}}},
      {"history", "@bob", {{"target", "@bob"}}},
  };
  for (const Case& test : cases) {
    const absl::StatusOr<Command> command = ReadCommand(test.name, test.rest, room);
    ASSERT_TRUE(command.ok()) << test.name << " " << test.rest << ": " << command.status();
    EXPECT_EQ(command->args, test.args) << test.name << " " << test.rest;
  }
}

TEST(CommandWordsTest, RoomsAreNeverEnteredMadeOrClosedByOmission) {
  const CommandContext room = {"#lobby", ""};
  for (const char* name : {"join", "create", "close"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadCommand(name, "", room).status())) << name;
  }
}

TEST(CommandWordsTest, ThePersonMayBeLeftOut) {
  EXPECT_EQ(ReadCommand("accept", "", {"#lobby", "bob"})->Get("user"), "bob");
  EXPECT_EQ(ReadCommand("accept", "carol", {"#lobby", "bob"})->Get("user"), "carol");
  EXPECT_EQ(ReadCommand("verify", "", {"@carol", "bob"})->Get("user"), "carol");
  EXPECT_EQ(ReadCommand("withdraw", "", {"@carol", ""})->Get("target"), "@carol");
  EXPECT_FALSE(ReadCommand("accept", "").ok());
  EXPECT_FALSE(ReadCommand("block", "", {"#lobby", "bob"}).ok());
}

TEST(CommandWordsTest, WrongOnesNameWhatIsWrongAndTheUsage) {
  const struct {
    const char* name;
    const char* rest;
    const char* says;
  } cases[] = {
      {"dance", "", "'dance'"},
      {"join", "", "usage: join ROOM"},
      {"leave", "a b", "'b' is too much"},
      {"role", "lobby bob king", "one of listener, speaker, moderator"},
      {"send", "bob hi", "a target is #room or @user"},
      {"kick", "bob", "needs 'user'"},
  };
  for (const auto& test : cases) {
    const absl::Status status = ReadCommand(test.name, test.rest).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << test.name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(test.says)) << test.name;
  }
}

TEST(CommandWordsTest, RequiredSecretsAreNeverWords) {
  const absl::StatusOr<Command> command = ReadCommand("password", "");
  ASSERT_TRUE(command.ok()) << command.status();
  const auto missing = MissingSecrets(*command);
  ASSERT_EQ(missing.size(), 2u);
  EXPECT_STREQ(missing[0]->name, "old");
  EXPECT_FALSE(ReadCommand("password", "hunter2 hunter3").ok());
}

TEST(CommandWordsTest, WordsThatAShellHasCut) {
  const absl::StatusOr<Command> command =
      ReadCommandWords("create", {"tea room", "All about", "tea"}, {{"access", "invite"}});
  ASSERT_TRUE(command.ok()) << command.status();
  EXPECT_EQ(command->args, (Args{{"room", "tea room"}, {"access", "invite"}, {"topic", "All about tea"}}));
  EXPECT_FALSE(ReadCommandWords("create", {"x"}, {{"access", "nobody"}}).ok());
}

TEST(CommandWordsTest, EveryCommandHasAUsageThatNamesItsArguments) {
  for (const CommandSpec& spec : Commands()) EXPECT_EQ(Usage(spec).rfind(spec.name, 0), 0u);
  EXPECT_EQ(Usage(*FindCommand("role")), "role ROOM USER listener|speaker|moderator");
  EXPECT_EQ(Usage(*FindCommand("password")), "password");
}

}  // namespace
}  // namespace parlor::client
