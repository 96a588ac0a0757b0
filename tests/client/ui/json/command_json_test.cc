#include "client/ui/json/command_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/ui/json/json_interface.h"
#include "nlohmann/json.hpp"

namespace parlor::client {
namespace {

using ::testing::HasSubstr;

Command Parsed(absl::string_view line) {
  std::variant<Command, ErrorEvent> result = CommandFromJson(line);
  if (auto* command = std::get_if<Command>(&result)) return *command;
  ADD_FAILURE() << line << ": " << std::get<ErrorEvent>(result).message;
  return {};
}

ErrorEvent Refused(absl::string_view line) {
  std::variant<Command, ErrorEvent> result = CommandFromJson(line);
  if (auto* error = std::get_if<ErrorEvent>(&result)) return *error;
  ADD_FAILURE() << line << " was taken";
  return {};
}

// DESIGN §7 fixes these.
TEST(CommandJsonTest, FixedCommands) {
  for (const char* line : {R"({"command":"join","room":"lobby"})", R"({"command":"leave","room":"lobby"})",
                           R"({"command":"create","room":"lobby"})",
                           R"({"command":"send","target":"#lobby","text":"hi","ref":"1"})",
                           R"({"command":"accept","user":"bob"})", R"({"command":"decline","user":"bob"})",
                           R"({"command":"who","room":"lobby"})", R"({"command":"status","status":"away"})",
                           R"({"command":"quit"})"}) {
    EXPECT_EQ(CommandToJson(Parsed(line)).substr(0, 12), std::string(line).substr(0, 12));
  }
  const Command send = Parsed(R"({"command":"send","target":"@bob","text":"a\nb","ref":"7"})");
  EXPECT_EQ(send.Get("target"), "@bob");
  EXPECT_EQ(send.Get("text"), "a\nb");
  EXPECT_EQ(send.ref, "7");
}

TEST(CommandJsonTest, EveryCommandOfTheTableComesBack) {
  for (const CommandSpec& spec : Commands()) {
    Command command;
    command.name = spec.name;
    command.ref = "r";
    for (const ArgSpec& arg : spec.args) {
      std::string value = "word";
      if (arg.kind == ArgKind::kTarget) value = "#lobby";
      if (arg.kind == ArgKind::kNumber) value = "50";
      if (arg.kind == ArgKind::kChoice) value = arg.choices[0];
      command.args[arg.name] = value;
    }
    const Command back = Parsed(CommandToJson(command));
    EXPECT_EQ(back.name, command.name);
    EXPECT_EQ(back.args, command.args);
    EXPECT_EQ(back.ref, "r");
  }
}

TEST(CommandJsonTest, NumbersAndTruthStandForWords) {
  EXPECT_EQ(Parsed(R"({"command":"history","target":"@bob","limit":20})").Get("limit"), "20");
  EXPECT_EQ(Parsed(R"({"command":"create","room":"r","stage":true})").Get("stage"), "yes");
  EXPECT_EQ(Parsed(R"({"command":"hand","room":"r","raised":false})").Get("raised"), "down");
  EXPECT_EQ(Parsed(R"({"command":"whoami","ref":12})").ref, "12");
  EXPECT_EQ(Parsed(R"({"command":"join","room":"#lobby"})").Get("room"), "lobby");
}

TEST(CommandJsonTest, RefusalsNameWhatIsWrong) {
  const struct {
    const char* line;
    const char* names;
  } cases[] = {
      {"hello", "JSON object"},
      {"[1]", "JSON object"},
      {"{\"command\":", "JSON object"},
      {"{\"command\":\"whoami\"} x", "JSON object"},
      {"\xff\xfe{}", "JSON object"},
      {"{\"command\":\"send\",\"target\":\"@bob\",\"text\":\"\xff\"}", "JSON object"},
      {"{}", "'command' is missing"},
      {R"({"command":7})", "'command' is missing"},
      {R"({"command":"dance"})", "'dance'"},
      {R"({"command":"join"})", "'room'"},
      {R"({"command":"join","room":7})", "'room'"},
      {R"({"command":"join","room":null})", "'room'"},
      {R"({"command":"join","room":["a"]})", "'room'"},
      {R"({"command":"join","room":"a","colour":"red"})", "'colour'"},
      {R"({"command":"send","target":"bob","text":"x"})", "target"},
      {R"({"command":"role","room":"r","user":"u","role":"king"})", "'role'"},
      {R"({"command":"role","room":"r","user":"u","role":true})", "'role'"},
      {R"({"command":"history","target":"@bob","limit":-1})", "'limit'"},
      {R"({"command":"history","target":"@bob","limit":1.5})", "'limit'"},
      {R"({"command":"history","target":"@bob","limit":99999999})", "'limit'"},
      {R"({"command":"whoami","ref":{}})", "'ref'"},
  };
  for (const auto& test : cases) {
    const ErrorEvent error = Refused(test.line);
    EXPECT_EQ(error.code, "invalid_argument") << test.line;
    EXPECT_THAT(error.message, HasSubstr(test.names)) << test.line;
  }
}

TEST(CommandJsonTest, RefusalsCarryCommandAndRef) {
  const ErrorEvent error = Refused(R"({"ref":"9","command":"join"})");
  EXPECT_EQ(error.command, "join");
  EXPECT_EQ(error.ref, "9");
}

TEST(CommandJsonTest, HugeNamesAreNotRepeated) {
  const ErrorEvent error = Refused(absl::StrCat("{\"command\":\"", std::string(100'000, 'x'), "\"}"));
  EXPECT_LT(error.message.size(), 200u);
  EXPECT_LT(error.command.size(), 200u);
  EXPECT_THAT(
      Refused(absl::StrCat("{\"command\":\"whoami\",\"ref\":\"", std::string(300, 'x'), "\"}")).message,
      HasSubstr("'ref'"));
}

TEST(CommandJsonTest, DeepNestingIsRefused) {
  EXPECT_THAT(Refused(std::string(500'000, '[')).message, HasSubstr("JSON object"));
}

class JsonInterfaceTest : public ::testing::Test {
 protected:
  std::vector<Command> commands_;
  std::vector<std::string> lines_;
  JsonInterface interface_{[this](Command command) { commands_.push_back(std::move(command)); },
                           [this](absl::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(JsonInterfaceTest, GarbageIsAnsweredAndTheNextLineIsTaken) {
  interface_.OnInput("nonsense\n\n  \n{\"command\":\"who");
  interface_.OnInput("ami\",\"ref\":\"1\"}\r\n");
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0], HasSubstr("\"event\":\"error\""));
  EXPECT_EQ(lines_[0].back(), '\n');
  ASSERT_EQ(commands_.size(), 1u);
  EXPECT_EQ(commands_[0].name, "whoami");
}

TEST_F(JsonInterfaceTest, ALineThatIsTooLongIsPassedOver) {
  const std::string part(100'000, 'x');
  for (int i = 0; i < 30; ++i) interface_.OnInput(part);
  interface_.OnInput("\n{\"command\":\"quit\"}\n");
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0], HasSubstr("at most 1048576 bytes"));
  ASSERT_EQ(commands_.size(), 1u);
  EXPECT_EQ(commands_[0].name, "quit");
}

TEST_F(JsonInterfaceTest, AMessageOf64KiBInTheWorstSpellingFits) {
  std::string text;
  for (int i = 0; i < 64 * 1024; ++i) text += "\\u0001";
  interface_.OnInput(absl::StrCat("{\"command\":\"send\",\"target\":\"@bob\",\"text\":\"", text, "\"}\n"));
  ASSERT_EQ(commands_.size(), 1u);
  EXPECT_EQ(commands_[0].Get("text").size(), 64u * 1024);
}

TEST_F(JsonInterfaceTest, ALastLineWithoutItsNewlineCounts) {
  interface_.OnInput("{\"command\":\"quit\"}");
  EXPECT_TRUE(commands_.empty());
  interface_.OnInputEnd();
  EXPECT_EQ(commands_.size(), 1u);
}

}  // namespace
}  // namespace parlor::client
