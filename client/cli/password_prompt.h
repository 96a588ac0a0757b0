// Secrets that a person types, without showing them, or that a script pipes in.
#ifndef PARLOR_CLIENT_CLI_PASSWORD_PROMPT_H_
#define PARLOR_CLIENT_CLI_PASSWORD_PROMPT_H_

#include <string>

#include "absl/status/statusor.h"

namespace parlor::client {

inline constexpr size_t kMaxPasswordBytes = 1024;

// The next line of standard input, not a byte more. INVALID_ARGUMENT: there is none, or it is longer than
// kMaxPasswordBytes.
absl::StatusOr<std::string> ReadSecretLine(int fd = 0);

// Asks on the terminal of the process (/dev/tty), without echo. FAILED_PRECONDITION: there is none. ABORTED:
// nothing was typed, or Ctrl-D. The terminal is itself again afterwards, also when a signal ends the process.
absl::StatusOr<std::string> AskSecret(const std::string& prompt);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_PASSWORD_PROMPT_H_
