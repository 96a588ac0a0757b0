// What `parlor` does with a command line that makes sense.
#ifndef PARLOR_CLIENT_CLI_RUN_H_
#define PARLOR_CLIENT_CLI_RUN_H_

#include "client/cli/arguments.h"

namespace parlor::client {

// The exit code (exit_code.h). Errors are on standard error, and with --json also as an event on standard
// output.
int Run(const Invocation& invocation);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_RUN_H_
