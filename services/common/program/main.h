// The command line of a service program.
#ifndef PARLOR_SERVICES_COMMON_PROGRAM_MAIN_H_
#define PARLOR_SERVICES_COMMON_PROGRAM_MAIN_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace CLI {
class App;
}

namespace parlor::service {

inline constexpr int kFailed = 1;  // and why stands on standard error
inline constexpr int kWrongUsage = 2;

// What the command line asked for. An exit code comes back.
struct Commands {
  std::function<absl::Status()> serve;  // without a subcommand
  // For `healthcheck`: the HOST:PORT of the admin port to ask.
  std::function<absl::StatusOr<std::string>()> admin_address;
  // Once the command line was read, before any of the above: completes the settings. May be null.
  std::function<absl::Status()> complete = nullptr;
};

// Adds `healthcheck`, reads the command line and does what it says. Subcommands that the program added itself
// are run by `other`, which says the exit code; null: there are none. (They inherit app.fallthrough() from
// the moment at which they are added: a program calls it before.)
int RunMain(CLI::App& app, int argc, char** argv, const Commands& commands,
            const std::function<absl::StatusOr<int>()>& other = nullptr);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_PROGRAM_MAIN_H_
