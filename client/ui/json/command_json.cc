#include "client/ui/json/command_json.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/core/status_code.h"
#include "nlohmann/json.hpp"

namespace parlor::client {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kQuoted = 64;  // of what was written, in an error

std::string Quoted(absl::string_view text) {
  return absl::StrCat("'", text.substr(0, kQuoted), "'");
}

ErrorEvent Invalid(std::string message, const Command& command = {}) {
  return {CodeName(absl::StatusCode::kInvalidArgument), std::move(message), command.name.substr(0, kQuoted),
          command.ref};
}

const ArgSpec* FindArgument(const CommandSpec& spec, absl::string_view name) {
  const auto found =
      std::find_if(spec.args.begin(), spec.args.end(), [&](const ArgSpec& arg) { return name == arg.name; });
  return found == spec.args.end() ? nullptr : &*found;
}

// The word that true or false stands for among the choices; nothing if neither fits.
std::optional<std::string> ChoiceOf(const ArgSpec& arg, bool value) {
  for (const char* word : {value ? "yes" : "no", value ? "up" : "down"}) {
    const auto is_word = [word](const char* choice) { return absl::string_view(choice) == word; };
    if (std::any_of(arg.choices.begin(), arg.choices.end(), is_word)) return word;
  }
  return std::nullopt;
}

std::optional<std::string> Value(const ArgSpec& arg, const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return ChoiceOf(arg, json.get<bool>());
  if (json.is_number_unsigned() && arg.kind == ArgKind::kNumber) return absl::StrCat(json.get<uint64_t>());
  return std::nullopt;
}

// Nothing: it cannot be a ref.
std::optional<std::string> Ref(const Json& json) {
  if (json.is_number_unsigned()) return absl::StrCat(json.get<uint64_t>());
  if (!json.is_string() || json.get_ref<const std::string&>().size() > kMaxRefBytes) return std::nullopt;
  return json.get<std::string>();
}

}  // namespace

std::variant<Command, ErrorEvent> CommandFromJson(absl::string_view line) {
  if (line.size() > kMaxCommandLineBytes) {
    return Invalid(absl::StrCat("a line has at most ", kMaxCommandLineBytes, " bytes"));
  }
  const Json object = Json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Invalid("a line is one JSON object, as in {\"command\":\"whoami\"}");

  Command command;
  if (const auto ref = object.find("ref"); ref != object.end()) {
    const std::optional<std::string> text = Ref(*ref);
    if (!text.has_value()) {
      return Invalid(absl::StrCat("'ref' is a string of at most ", kMaxRefBytes, " bytes, or a number"));
    }
    command.ref = *text;
  }
  const auto name = object.find("command");
  if (name == object.end() || !name->is_string())
    return Invalid("'command' is missing, or no string", command);
  command.name = name->get<std::string>();
  const CommandSpec* spec = FindCommand(command.name);
  if (spec == nullptr) return Invalid(absl::StrCat("there is no command ", Quoted(command.name)), command);

  for (const auto& [field, json] : object.items()) {
    if (field == "command" || field == "ref") continue;
    const ArgSpec* arg = FindArgument(*spec, field);
    if (arg == nullptr) return Invalid(absl::StrCat("'", spec->name, "' takes no ", Quoted(field)), command);
    const std::optional<std::string> value = Value(*arg, json);
    if (!value.has_value()) {
      return Invalid(absl::StrCat("'", arg->name, "' of '", spec->name, "' cannot be a ", json.type_name()),
                     command);
    }
    command.args[field] = *value;
  }
  const absl::Status valid = Normalize(command);
  if (!valid.ok()) return Invalid(std::string(valid.message()), command);
  return command;
}

std::string CommandToJson(const Command& command) {
  Json object = {{"command", command.name}};
  for (const auto& [name, value] : command.args) object[name] = value;
  if (!command.ref.empty()) object["ref"] = command.ref;
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace parlor::client
