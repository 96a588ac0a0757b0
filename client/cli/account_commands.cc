#include "client/cli/account_commands.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/net/join_link.h"
#include "base/status.h"
#include "client/cli/enrol.h"
#include "client/cli/password_prompt.h"
#include "client/home/owner_lock.h"

namespace parlor::client {
namespace {

absl::StatusOr<std::string> Password(const Invocation& invocation, bool twice) {
  if (invocation.password_stdin) return ReadSecretLine();
  PARLOR_ASSIGN_OR_RETURN(std::string password,
                          AskSecret(absl::StrCat("Password for ", invocation.name, ": ")));
  if (!twice) return password;
  PARLOR_ASSIGN_OR_RETURN(const std::string again, AskSecret("The same again: "));
  if (again == password) return password;
  return absl::InvalidArgumentError("the two passwords differ; nothing was done");
}

// The home, for this process alone, and what is known before a password is asked for.
struct Start {
  OwnerLock lock;
  Account present;
  JoinLink server;
};

absl::StatusOr<Start> Begin(const Home& home, const Invocation& invocation) {
  PARLOR_ASSIGN_OR_RETURN(std::optional<OwnerLock> lock, OwnerLock::TryTake(home));
  if (!lock.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat("another parlor is open on ", home.path().string(),
                                                      ": end it first, or use another --home"));
  }
  PARLOR_ASSIGN_OR_RETURN(Account present, CheckHomeIsFree(home, invocation.name));
  PARLOR_ASSIGN_OR_RETURN(JoinLink server, ChooseServer(invocation.common.server, present));
  return Start{*std::move(lock), std::move(present), std::move(server)};
}

}  // namespace

absl::StatusOr<Account> RegisterCommand(const Home& home, const Invocation& invocation) {
  PARLOR_ASSIGN_OR_RETURN(const Start start, Begin(home, invocation));
  PARLOR_ASSIGN_OR_RETURN(std::string password, Password(invocation, /*twice=*/true));
  const Credentials credentials = {invocation.name, std::move(password), invocation.invitation};
  PARLOR_RETURN_IF_ERROR(Register(start.server, credentials));
  absl::StatusOr<Account> account = Login(start.server, credentials, home, start.present);
  if (account.ok()) return account;
  return absl::Status(account.status().code(),
                      absl::StrCat("the account was made, but logging in failed: ",
                                   account.status().message(), "; use `parlor login ", invocation.name, "`"));
}

absl::StatusOr<Account> LoginCommand(const Home& home, const Invocation& invocation) {
  PARLOR_ASSIGN_OR_RETURN(const Start start, Begin(home, invocation));
  PARLOR_ASSIGN_OR_RETURN(std::string password, Password(invocation, /*twice=*/false));
  return Login(start.server, {invocation.name, std::move(password), {}}, home, start.present);
}

}  // namespace parlor::client
