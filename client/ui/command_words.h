// Commands as people type them: a name and words, `:create lobby stage=yes All about tea`. One reading for
// the line interface and for one-shot commands of the shell. Pure; thread-safe.
#ifndef PARLOR_CLIENT_UI_COMMAND_WORDS_H_
#define PARLOR_CLIENT_UI_COMMAND_WORDS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/core/commands.h"

namespace parlor::client {

// What a person who leaves a word out means.
struct CommandContext {
  std::string target;     // "#room" or "@user" that is talked to; may be empty
  std::string requester;  // who asked for a chat last; may be empty
};

// Words at white space; the last argument of kind kText takes the rest of the line as it is.
//
//   - Required arguments come in the order of the table.
//   - An optional one may always be given as name=value, before the text. Without its name, a choice or a
//   number
//     counts where the word fits, a word or a secret where no text follows.
//   - In a room the room may be left out, where what is left is enough (`topic` needs the '#' to name
//   another);
//     the same holds for a target, and in a private chat or after a request for the person. Rooms that are
//     entered, made or closed are always named.
//
// Secrets that are required and missing stay missing: MissingSecrets names them. INVALID_ARGUMENT names what
// is wrong, with the usage.
absl::StatusOr<Command> ReadCommand(absl::string_view name, absl::string_view rest,
                                    const CommandContext& context = {});

// The same with words that a shell has cut, and values of optional arguments that came as flags.
absl::StatusOr<Command> ReadCommandWords(absl::string_view name, const std::vector<std::string>& words,
                                         std::map<std::string, std::string> flags = {},
                                         const CommandContext& context = {});

// Required secrets that the command does not have yet, in order.
std::vector<const ArgSpec*> MissingSecrets(const Command& command);

// "create ROOM [access=open|invite|password] … [TOPIC]".
std::string Usage(const CommandSpec& spec);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_COMMAND_WORDS_H_
