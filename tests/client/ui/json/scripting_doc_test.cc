// docs/scripting.md, docs/schema, the command table and the variant of events name the same things.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/core/commands.h"
#include "client/ui/json/event_fields.h"
#include "client/ui/json/event_json.h"
#include "nlohmann/json.hpp"
#include "tests/client/ui/sample_events.h"

namespace parlor::client {
namespace {

using Json = nlohmann::json;

std::string ReadSource(const std::string& path) {
  std::ifstream file(absl::StrCat(PARLOR_SOURCE_DIR, "/", path));
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Ticked(absl::string_view word) {
  return absl::StrCat("`", word, "`");
}

// Event → the text of its section.
std::map<std::string, std::string> EventSections() {
  std::map<std::string, std::string> sections;
  const std::string doc = ReadSource("docs/scripting.md");
  const std::vector<std::string> parts = absl::StrSplit(doc, "\n### `");
  for (size_t i = 1; i < parts.size(); ++i) {
    const size_t end = parts[i].find('`');
    sections[parts[i].substr(0, end)] = parts[i].substr(end + 1, parts[i].find("\n## ") - end - 1);
  }
  return sections;
}

// Command → the row of its table.
std::map<std::string, std::string> CommandRows() {
  std::map<std::string, std::string> rows;
  const std::string doc = ReadSource("docs/scripting.md");
  const size_t begin = doc.find("\n## Commands");
  EXPECT_NE(begin, std::string::npos);
  for (const absl::string_view line : absl::StrSplit(absl::string_view(doc).substr(begin), '\n')) {
    if (!absl::StartsWith(line, "| `")) continue;
    const absl::string_view name = line.substr(3, line.find('`', 3) - 3);
    rows[std::string(name)] = std::string(line);
  }
  return rows;
}

// The names of all fields, also of the objects in lists.
void CollectFields(const Json& value, std::set<std::string>& fields) {
  if (value.is_object()) {
    for (const auto& [name, inner] : value.items()) {
      fields.insert(name);
      CollectFields(inner, fields);
    }
  }
  for (const Json& item : value.is_array() ? value : Json::array()) CollectFields(item, fields);
}

TEST(ScriptingDocTest, EveryEventHasASectionThatNamesItsFields) {
  std::map<std::string, std::string> sections = EventSections();
  for (const Event& event : FullEvents()) {
    const std::string name = EventName(event);
    ASSERT_TRUE(sections.contains(name)) << name;
    std::set<std::string> fields;
    CollectFields(Json::parse(EventToJson(event)), fields);
    fields.erase("event");
    for (const std::string& field : fields) {
      // The messages of a history are described where messages are.
      const bool described = absl::StrContains(sections[name], Ticked(field)) ||
                             (name == "history" && absl::StrContains(sections["message"], Ticked(field)));
      EXPECT_TRUE(described) << name << " " << field;
    }
  }
}

TEST(ScriptingDocTest, NoSectionDescribesWhatThereIsNot) {
  for (const auto& [name, section] : EventSections()) {
    const auto& names = json::kEventNames;
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  }
}

TEST(ScriptingDocTest, EveryCommandHasARowThatNamesItsArguments) {
  const std::map<std::string, std::string> rows = CommandRows();
  EXPECT_EQ(rows.size(), Commands().size());
  for (const CommandSpec& spec : Commands()) {
    const auto row = rows.find(spec.name);
    ASSERT_NE(row, rows.end()) << spec.name;
    const std::vector<std::string> split = absl::StrSplit(row->second, '|');
    ASSERT_EQ(split.size(), 5u) << row->second;
    const std::string& fields = split[2];
    for (const ArgSpec& arg : spec.args) {
      const std::string field = arg.required ? Ticked(arg.name) : absl::StrCat("[", Ticked(arg.name), "]");
      EXPECT_TRUE(absl::StrContains(fields, field)) << spec.name << " " << field;
    }
    EXPECT_EQ(static_cast<size_t>(std::count(fields.begin(), fields.end(), '`')), 2 * spec.args.size())
        << spec.name;
  }
}

TEST(ScriptingDocTest, TheEventSchemaHasEveryEvent) {
  const Json schema = Json::parse(ReadSource("docs/schema/events.schema.json"));
  EXPECT_EQ(schema["oneOf"].size(), std::variant_size_v<Event>);
  for (const char* name : json::kEventNames) {
    EXPECT_TRUE(schema["definitions"].contains(absl::StrCat("event_", name))) << name;
  }
}

TEST(ScriptingDocTest, TheCommandSchemaIsTheCommandTable) {
  const Json schema = Json::parse(ReadSource("docs/schema/commands.schema.json"));
  EXPECT_EQ(schema["oneOf"].size(), Commands().size());
  for (const CommandSpec& spec : Commands()) {
    const std::string name = absl::StrCat("command_", spec.name);
    ASSERT_TRUE(schema["definitions"].contains(name)) << spec.name;
    const Json& command = schema["definitions"][name];
    EXPECT_EQ(command["properties"].size(), spec.args.size() + 2) << spec.name;  // "command" and "ref"
    for (const ArgSpec& arg : spec.args) {
      ASSERT_TRUE(command["properties"].contains(arg.name)) << spec.name << " " << arg.name;
      const Json& required = command["required"];
      EXPECT_EQ(std::count(required.begin(), required.end(), Json(arg.name)), arg.required ? 1 : 0)
          << spec.name << " " << arg.name;
      for (const char* choice : arg.choices) {
        const Json& choices = command["properties"][arg.name]["enum"];
        EXPECT_EQ(std::count(choices.begin(), choices.end(), Json(choice)), 1) << spec.name << " " << choice;
      }
    }
  }
}

}  // namespace
}  // namespace parlor::client
