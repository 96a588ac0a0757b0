// parlor: chat from the terminal and from scripts.
#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "client/cli/arguments.h"
#include "client/cli/exit_code.h"
#include "client/cli/run.h"
#include "client/cli/signal_stop.h"
#include "google/protobuf/stubs/logging.h"

int main(int argc, char** argv) {
  using namespace parlor::client;
  IgnoreWriteSignals();
  // It would complain of what others send on standard error, in the terminal in which a person types. What
  // does not parse is an error of ours to tell.
  google::protobuf::SetLogHandler(nullptr);
  // Debian's Abseil looks for deadlocks at every lock; the tests keep that watch.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  CLI::App app("Chat for people who want to own their conversations. Without a command: the chat.", "parlor");
  app.set_version_flag("--version", PARLOR_VERSION);
  const Arguments arguments(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return Run(arguments.Take());
}
