// `parlor register` and `parlor login`.
#ifndef PARLOR_CLIENT_CLI_ACCOUNT_COMMANDS_H_
#define PARLOR_CLIENT_CLI_ACCOUNT_COMMANDS_H_

#include "absl/status/statusor.h"
#include "client/cli/arguments.h"
#include "client/home/account.h"
#include "client/home/home.h"

namespace parlor::client {

// Makes the account and logs in, so that everything else works right after it.
absl::StatusOr<Account> RegisterCommand(const Home& home, const Invocation& invocation);
absl::StatusOr<Account> LoginCommand(const Home& home, const Invocation& invocation);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_ACCOUNT_COMMANDS_H_
