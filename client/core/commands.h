// What a person can ask of the core: one table, from which the line interface, the JSON interface,
// completion, help and the documents are made, so that they cannot differ.
#ifndef PARLOR_CLIENT_CORE_COMMANDS_H_
#define PARLOR_CLIENT_CORE_COMMANDS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::client {

enum class ArgKind {
  kRoom,    // a room's name; a leading '#' is dropped
  kUser,    // a user's name; a leading '@' is dropped
  kTarget,  // '#room' or '@user'
  kText,    // the rest of the line
  kWord,
  kSecret,  // never shown, never stored
  kChoice,  // one of `choices`
  kNumber,
};

struct ArgSpec {
  const char* name;
  ArgKind kind;
  bool required;
  std::vector<const char*> choices;
  const char* help;
};

struct CommandSpec {
  const char* name;
  std::vector<ArgSpec> args;
  const char* help;
  bool needs_services;  // waits up to 30 s for them, then fails
};

struct Command {
  std::string name;
  std::map<std::string, std::string> args;  // as in the spec; missing ones are absent
  std::string ref;                          // comes back in the answers

  // The argument, or empty.
  const std::string& Get(const std::string& arg) const;
};

// In the order of the help.
const std::vector<CommandSpec>& Commands();
const CommandSpec* FindCommand(absl::string_view name);

// INVALID_ARGUMENT for an unknown command or argument, a missing one, or a value outside the choices. Drops
// '#' and '@' as the kinds say.
absl::Status Normalize(Command& command);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_COMMANDS_H_
