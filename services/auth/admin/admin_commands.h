// `parlord admin …` and `parlor-auth admin …`: what those who run a server do to its accounts.
//
// They work on the store and the key directory themselves, beside a running server or without one; a running
// server follows within seconds.
#ifndef PARLOR_SERVICES_AUTH_ADMIN_ADMIN_COMMANDS_H_
#define PARLOR_SERVICES_AUTH_ADMIN_ADMIN_COMMANDS_H_

#include <cstdint>
#include <filesystem>
#include <istream>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/auth/auth_options.h"
#include "services/auth/rules/registration.h"
#include "services/auth/store/account_store.h"

namespace CLI {
class App;
}

namespace parlor::auth {

enum class AdminCommand {
  kNone,
  kUsers,
  kResetPassword,
  kSuspend,
  kUnsuspend,
  kDelete,
  kShowRegistration,
  kSetRegistration,
  kCreateInvitation,
  kListInvitations,
  kRotateKeys,
};

struct AdminRequest {
  AdminCommand command = AdminCommand::kNone;
  std::string name;             // of the account, as it was typed
  bool password_stdin = false;  // reset-password: the first line of standard input; else a random one is made
  std::string registration;     // open, invite, closed
  int64_t invitation_uses = 1;
  absl::Duration invitation_lifetime = absl::Hours(24 * 7);
  bool rotate_when_due = false;  // rotate-keys: only what a running server would do by itself
};

// Adds the subcommands below `admin`; parsing fills `request`, which outlives it.
void AddAdminCommands(CLI::App& admin, AdminRequest& request);

struct AdminStreams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

// Does what `request` says, on the database and keys that `options` name (the server's own; its CA is not
// needed). NOT_FOUND for an account, or a database, that is not there.
absl::Status RunAdmin(const AdminRequest& request, const AuthOptions& options, absl::Time now,
                      AdminStreams streams);

// For main: RunAdmin with its error told on `err`. 0 done, 1 failed, 2 wrong usage, 3 no such account.
int RunAdminForExitCode(const AdminRequest& request, const AuthOptions& options, absl::Time now,
                        AdminStreams streams);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_ADMIN_ADMIN_COMMANDS_H_
