// Commands as JSON lines: {"command":"join","room":"lobby","ref":"1"}. The fields are the arguments of the
// command table (client/core/commands.h) and "ref". Pure; thread-safe.
#ifndef PARLOR_CLIENT_UI_JSON_COMMAND_JSON_H_
#define PARLOR_CLIENT_UI_JSON_COMMAND_JSON_H_

#include <cstddef>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "client/core/commands.h"
#include "client/core/events.h"

namespace parlor::client {

// A text of 64 KiB fits, escaped as JSON six times as long.
inline constexpr size_t kMaxCommandLineBytes = 1 << 20;
inline constexpr size_t kMaxRefBytes = 256;

// The command, or what is wrong with the line: an error that names the command, field or value, and carries
// the line's ref if that could be read. Numbers stand for their digits, and true and false for yes and no (up
// and down).
std::variant<Command, ErrorEvent> CommandFromJson(absl::string_view line);

// One line without its newline.
std::string CommandToJson(const Command& command);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_JSON_COMMAND_JSON_H_
