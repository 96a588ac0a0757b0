// What `parlor` tells the shell; docs/user-guide.md lists the same.
#ifndef PARLOR_CLIENT_CLI_EXIT_CODE_H_
#define PARLOR_CLIENT_CLI_EXIT_CODE_H_

namespace parlor::client {

enum ExitCode : int {
  kExitOk = 0,      // done; send: delivered
  kExitError = 1,   // the message on standard error says what to do
  kExitUsage = 2,   // the command line makes no sense
  kExitQueued = 3,  // send: waits in the outbox, and why
  kExitAlone = 4,   // send: nobody else is in the room
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_EXIT_CODE_H_
