#include "services/auth/admin/admin_commands.h"

#include <memory>
#include <system_error>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text/names.h"
#include "services/auth/password/password_hasher.h"
#include "services/auth/rules/password_policy.h"
#include "services/auth/store/open_store.h"
#include "services/common/config.h"
#include "services/common/signing_keys.h"

namespace parlor::auth {
namespace {

constexpr int kPage = 500;
constexpr int kConnections = 1;
constexpr absl::Duration kLongestInvitation = absl::Hours(24 * 365);

void Add(CLI::App& admin, const char* name, const char* help, AdminRequest& request, AdminCommand command,
         CLI::App** added = nullptr) {
  CLI::App* sub = admin.add_subcommand(name, help);
  sub->callback([&request, command] { request.command = command; });
  if (added != nullptr) *added = sub;
}

void AddForAccount(CLI::App& admin, const char* name, const char* help, AdminRequest& request,
                   AdminCommand command, CLI::App** added = nullptr) {
  CLI::App* sub = nullptr;
  Add(admin, name, help, request, command, &sub);
  sub->add_option("NAME", request.name, "of the account")->required();
  if (added != nullptr) *added = sub;
}

std::string Date(absl::Time time) {
  if (time == absl::UnixEpoch()) return "never";
  return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::LocalTimeZone());
}

absl::StatusOr<std::unique_ptr<AccountStore>> OpenExisting(const AuthOptions& options) {
  if (!service::postgres::IsUri(options.database)) {
    std::error_code error;
    if (!std::filesystem::exists(options.database, error)) {
      return absl::FailedPreconditionError(absl::StrCat("there is no database at ", options.database,
                                                        ": has the server ever been started here?"));
    }
  }
  return OpenAccountStore(service::SqlAt(options.database, kConnections));
}

absl::StatusOr<std::string> AccountName(const AdminRequest& request) {
  PARLOR_ASSIGN_OR_RETURN(Name name, ParseUserName(request.name));
  return std::move(name.canonical);
}

// NOT_FOUND with the name, which the store does not repeat.
absl::Status Named(const absl::Status& status, absl::string_view name) {
  if (!absl::IsNotFound(status)) return status;
  return absl::NotFoundError(absl::StrCat("there is no account ", name));
}

absl::Status ListUsers(AccountStore& store, std::ostream& out) {
  out << absl::StreamFormat("%-32s  %-9s  %-16s  %-16s  %s\n", "NAME", "STATE", "CREATED", "LAST LOGIN",
                            "DEVICES");
  std::string after;
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(const std::vector<AccountSummary> page, store.ListAccounts(after, kPage));
    for (const AccountSummary& account : page) {
      out << absl::StreamFormat("%-32s  %-9s  %-16s  %-16s  %d\n", account.name, ToString(account.state),
                                Date(account.created), Date(account.last_login), account.devices);
    }
    if (page.size() < size_t{kPage}) return absl::OkStatus();
    after = page.back().name;
  }
}

absl::StatusOr<std::string> ReadNewPassword(std::istream& in) {
  std::string line;
  if (!std::getline(in, line)) return absl::InvalidArgumentError("no password came on standard input");
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

absl::Status ResetPassword(const AdminRequest& request, const AuthOptions& options, AccountStore& store,
                           absl::Time now, AdminStreams streams) {
  PARLOR_ASSIGN_OR_RETURN(const std::string name, AccountName(request));
  std::string password = RandomId();
  if (request.password_stdin) {
    PARLOR_ASSIGN_OR_RETURN(const std::string typed, ReadNewPassword(streams.in));
    PARLOR_ASSIGN_OR_RETURN(password, PreparePassword(typed));
    PARLOR_RETURN_IF_ERROR(CheckNewPassword(password, name));
  }
  HashGate gate({.running = 1});
  PARLOR_ASSIGN_OR_RETURN(const PasswordHasher hasher, PasswordHasher::Create(options.argon2, &gate));
  PARLOR_ASSIGN_OR_RETURN(const std::string hash, hasher.Hash(password));
  PARLOR_RETURN_IF_ERROR(Named(store.ResetPassword(name, hash, now), name));
  streams.out << "the password of " << name << " was reset; all of its devices were logged out\n";
  if (!request.password_stdin) streams.out << "new password: " << password << "\n";
  return absl::OkStatus();
}

absl::Status ChangeAccount(const AdminRequest& request, AccountStore& store, absl::Time now,
                           std::ostream& out) {
  PARLOR_ASSIGN_OR_RETURN(const std::string name, AccountName(request));
  switch (request.command) {
    case AdminCommand::kSuspend:
      PARLOR_RETURN_IF_ERROR(Named(store.SuspendAccount(name, now), name));
      out << name << " is suspended; all of its devices were logged out\n";
      return absl::OkStatus();
    case AdminCommand::kUnsuspend:
      PARLOR_RETURN_IF_ERROR(Named(store.UnsuspendAccount(name), name));
      out << name << " is active and may log in\n";
      return absl::OkStatus();
    default:
      PARLOR_RETURN_IF_ERROR(Named(store.DeleteAccount(name, now), name));
      out << name << " is deleted; the name stays taken\n";
      return absl::OkStatus();
  }
}

absl::Status SetRegistration(const AdminRequest& request, AccountStore& store, std::ostream& out) {
  PARLOR_ASSIGN_OR_RETURN(const RegistrationMode mode, ParseRegistrationMode(request.registration));
  PARLOR_RETURN_IF_ERROR(store.SetRegistrationMode(mode));
  out << "registration is " << ToString(mode) << "\n";
  return absl::OkStatus();
}

absl::Status ShowRegistration(AccountStore& store, std::ostream& out) {
  PARLOR_ASSIGN_OR_RETURN(const RegistrationMode mode, store.GetRegistrationMode());
  out << "registration is " << ToString(mode) << "\n";
  return absl::OkStatus();
}

absl::Status CreateInvitation(const AdminRequest& request, AccountStore& store, absl::Time now,
                              std::ostream& out) {
  if (request.invitation_uses < 1) return absl::InvalidArgumentError("--uses must be 1 or more");
  if (request.invitation_lifetime <= absl::ZeroDuration() ||
      request.invitation_lifetime > kLongestInvitation) {
    return absl::InvalidArgumentError("--valid-for must be more than nothing and at most 8760h");
  }
  const Invitation invitation = {.code = RandomId(),
                                 .created = now,
                                 .expires = now + request.invitation_lifetime,
                                 .uses_left = request.invitation_uses};
  PARLOR_RETURN_IF_ERROR(store.AddInvitation(invitation));
  out << invitation.code << "\n";
  return absl::OkStatus();
}

absl::Status ListInvitations(AccountStore& store, absl::Time now, std::ostream& out) {
  PARLOR_ASSIGN_OR_RETURN(const std::vector<Invitation> invitations, store.ListInvitations(now));
  out << absl::StreamFormat("%-26s  %-16s  %s\n", "CODE", "EXPIRES", "USES LEFT");
  for (const Invitation& invitation : invitations) {
    out << absl::StreamFormat("%-26s  %-16s  %d\n", invitation.code, Date(invitation.expires),
                              invitation.uses_left);
  }
  return absl::OkStatus();
}

absl::Status RotateKeys(const AdminRequest& request, const AuthOptions& options, absl::Time now,
                        std::ostream& out) {
  // Rotates when that is due, and deletes what is retired.
  PARLOR_ASSIGN_OR_RETURN(const auto keys,
                          service::SigningKeys::Open(options.keys_directory, options.keys, now));
  if (request.rotate_when_due) {
    const std::shared_ptr<const service::KeyRing> ring = keys->ring();
    out << ring->keys().size() << " signing keys, the newest made at " << Date(ring->keys().back().made)
        << "\n";
    return absl::OkStatus();
  }
  PARLOR_RETURN_IF_ERROR(keys->Rotate(now));
  out << "a new signing key was made; it signs from " << Date(now + options.keys.publish_delay)
      << " on, and tokens of the old one stay valid until they end\n";
  return absl::OkStatus();
}

}  // namespace

void AddAdminCommands(CLI::App& admin, AdminRequest& request) {
  admin.require_subcommand(1);
  CLI::App* sub = nullptr;
  Add(admin, "users", "list all accounts", request, AdminCommand::kUsers);
  AddForAccount(admin, "reset-password", "give an account a new password and log all of its devices out",
                request, AdminCommand::kResetPassword, &sub);
  sub->add_flag("--password-stdin", request.password_stdin,
                "read the password from standard input instead of making one");
  AddForAccount(admin, "suspend", "log all devices out and let nobody log in", request,
                AdminCommand::kSuspend);
  AddForAccount(admin, "unsuspend", "let a suspended account log in again", request,
                AdminCommand::kUnsuspend);
  AddForAccount(admin, "delete", "delete an account; its name stays taken", request, AdminCommand::kDelete);

  Add(admin, "registration", "show or set who may register", request, AdminCommand::kShowRegistration, &sub);
  sub->add_option("MODE", request.registration, "open, invite or closed");
  sub->callback([&request] {
    request.command =
        request.registration.empty() ? AdminCommand::kShowRegistration : AdminCommand::kSetRegistration;
  });

  CLI::App* invitations = admin.add_subcommand("invitations", "codes for registration by invitation");
  invitations->require_subcommand(1);
  Add(*invitations, "create", "make a code and print it", request, AdminCommand::kCreateInvitation, &sub);
  sub->add_option("--uses", request.invitation_uses, "accounts that it is good for")->capture_default_str();
  service::AddSetting(*sub, "--valid-for", request.invitation_lifetime, "until it expires");
  Add(*invitations, "list", "list the codes that can be used", request, AdminCommand::kListInvitations);

  Add(admin, "rotate-keys", "make a new signing key", request, AdminCommand::kRotateKeys, &sub);
  sub->add_flag("--when-due", request.rotate_when_due,
                "only if the newest is older than --key-rotation; delete what is retired");
}

absl::Status RunAdmin(const AdminRequest& request, const AuthOptions& options, absl::Time now,
                      AdminStreams streams) {
  if (request.command == AdminCommand::kRotateKeys) return RotateKeys(request, options, now, streams.out);
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<AccountStore> store, OpenExisting(options));
  switch (request.command) {
    case AdminCommand::kUsers:
      return ListUsers(*store, streams.out);
    case AdminCommand::kResetPassword:
      return ResetPassword(request, options, *store, now, streams);
    case AdminCommand::kSuspend:
    case AdminCommand::kUnsuspend:
    case AdminCommand::kDelete:
      return ChangeAccount(request, *store, now, streams.out);
    case AdminCommand::kShowRegistration:
      return ShowRegistration(*store, streams.out);
    case AdminCommand::kSetRegistration:
      return SetRegistration(request, *store, streams.out);
    case AdminCommand::kCreateInvitation:
      return CreateInvitation(request, *store, now, streams.out);
    case AdminCommand::kListInvitations:
      return ListInvitations(*store, now, streams.out);
    case AdminCommand::kRotateKeys:
    case AdminCommand::kNone:
      break;
  }
  return absl::InvalidArgumentError("no command was given: see admin --help");
}

int RunAdminForExitCode(const AdminRequest& request, const AuthOptions& options, absl::Time now,
                        AdminStreams streams) {
  const absl::Status status = RunAdmin(request, options, now, streams);
  if (status.ok()) return 0;
  streams.err << "error: " << std::string(status.message()) << "\n";
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return 2;
    case absl::StatusCode::kNotFound:
      return 3;
    default:
      return 1;
  }
}

}  // namespace parlor::auth
