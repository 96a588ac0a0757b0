#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "services/auth/store/account_sql.h"
#include "services/auth/store/sql_account_store.h"

namespace parlor::auth {
namespace {

AccountState ParseState(absl::string_view text) {
  for (const AccountState state : {AccountState::kActive, AccountState::kSuspended}) {
    if (text == ToString(state)) return state;
  }
  return AccountState::kDeleted;
}

constexpr absl::string_view kNoSuchAccount = "there is no such account";

absl::Status NameTaken() {
  return absl::AlreadyExistsError("this name, or one that looks like it, is taken: choose another");
}

// A name or its look-alike; "taken" is said before anything about invitations, as it needs another name
// anyway.
absl::Status CheckNameFree(SqlTransaction& tx, const Name& name) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult taken, tx.Run(sql::kCountTaken, {name.canonical, name.skeleton}));
  return taken.Int(0, 0) == 0 ? absl::OkStatus() : NameTaken();
}

}  // namespace

absl::string_view ToString(AccountState state) {
  switch (state) {
    case AccountState::kActive:
      return "active";
    case AccountState::kSuspended:
      return "suspended";
    case AccountState::kDeleted:
      return "deleted";
  }
  return "deleted";
}

absl::Status SqlAccountStore::CreateAccount(const NewAccount& account, absl::Time now) {
  return database_->Write([&](SqlTransaction& tx) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(CheckNameFree(tx, account.name));
    PARLOR_RETURN_IF_ERROR(CheckRegistration(tx, account.invitation, now, /*use_up=*/true));
    const absl::Status inserted = tx.Run(sql::kInsertAccount, {account.name.canonical, account.name.skeleton,
                                                               account.password_hash, ToMs(now)})
                                      .status();
    return absl::IsAlreadyExists(inserted) ? NameTaken() : inserted;
  });
}

absl::Status SqlAccountStore::MayCreateAccount(const Name& name, absl::string_view invitation,
                                               absl::Time now) {
  PARLOR_RETURN_IF_ERROR(database_->Read([&](SqlTransaction& tx) { return CheckNameFree(tx, name); }));
  return database_->Read(
      [&](SqlTransaction& tx) { return CheckRegistration(tx, invitation, now, /*use_up=*/false); });
}

absl::StatusOr<Account> SqlAccountStore::FindAccount(absl::string_view name) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found, database_->ReadOne(sql::kFindAccount, {std::string(name)}));
  if (found.rows.empty()) return absl::NotFoundError(kNoSuchAccount);
  return Account{.name = found.Text(0, 0),
                 .password_hash = found.Text(0, 1),
                 .password_version = found.Int(0, 2),
                 .state = ParseState(found.Text(0, 3)),
                 .created = absl::FromUnixMillis(found.Int(0, 4))};
}

absl::StatusOr<std::vector<AccountSummary>> SqlAccountStore::ListAccounts(absl::string_view after,
                                                                          int limit) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found,
                          database_->ReadOne(sql::kListAccounts, {std::string(after), int64_t{limit}}));
  std::vector<AccountSummary> accounts;
  for (size_t row = 0; row < found.rows.size(); ++row) {
    accounts.push_back({.name = found.Text(row, 0),
                        .state = ParseState(found.Text(row, 1)),
                        .created = absl::FromUnixMillis(found.Int(row, 2)),
                        .last_login = absl::FromUnixMillis(found.Int(row, 3)),
                        .devices = found.Int(row, 4)});
  }
  return accounts;
}

absl::Status SqlAccountStore::Rehash(absl::string_view name, int64_t password_version,
                                     absl::string_view password_hash) {
  return database_->Write([&](SqlTransaction& tx) {
    return tx.Run(sql::kRehash, {std::string(password_hash), std::string(name), password_version}).status();
  });
}

absl::Status SqlAccountStore::ChangePassword(absl::string_view name, int64_t password_version,
                                             absl::string_view password_hash, absl::string_view keep,
                                             absl::Time now) {
  return database_->Write([&](SqlTransaction& tx) -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(
        const SqlResult changed,
        tx.Run(sql::kChangePassword, {std::string(password_hash), std::string(name), password_version}));
    if (changed.changes == 0) {
      return absl::FailedPreconditionError("the account was changed at the same moment: log in again");
    }
    PARLOR_ASSIGN_OR_RETURN(const SqlResult kept,
                            tx.Run(sql::kFindDevice, {std::string(name), std::string(keep)}));
    if (kept.rows.empty()) return absl::FailedPreconditionError("this device was ended: log in again");
    return EndDevicesBut(tx, name, keep, now);
  });
}

absl::Status SqlAccountStore::ResetPassword(absl::string_view name, absl::string_view password_hash,
                                            absl::Time now) {
  return database_->Write([&](SqlTransaction& tx) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(
        ChangeOne(tx, sql::kResetPassword, {std::string(password_hash), std::string(name)}, kNoSuchAccount));
    return EndDevicesBut(tx, name, "", now);
  });
}

absl::Status SqlAccountStore::SuspendAccount(absl::string_view name, absl::Time now) {
  return database_->Write([&](SqlTransaction& tx) -> absl::Status {
    const std::string suspended(ToString(AccountState::kSuspended));
    PARLOR_RETURN_IF_ERROR(ChangeOne(tx, sql::kSetState, {suspended, std::string(name)}, kNoSuchAccount));
    return EndDevicesBut(tx, name, "", now);
  });
}

absl::Status SqlAccountStore::UnsuspendAccount(absl::string_view name) {
  return database_->Write([&](SqlTransaction& tx) {
    const std::string active(ToString(AccountState::kActive));
    return ChangeOne(tx, sql::kSetState, {active, std::string(name)}, kNoSuchAccount);
  });
}

absl::Status SqlAccountStore::DeleteAccount(absl::string_view name, absl::Time now) {
  return database_->Write([&](SqlTransaction& tx) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(ChangeOne(tx, sql::kDeleteAccount, {std::string(name)}, kNoSuchAccount));
    return EndDevicesBut(tx, name, "", now);
  });
}

int64_t ToMs(absl::Time time) {
  return absl::ToUnixMillis(time);
}

absl::Status ChangeOne(SqlTransaction& tx, const SqlStatement& statement, const std::vector<SqlValue>& values,
                       absl::string_view what) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult changed, tx.Run(statement, values));
  return changed.changes > 0 ? absl::OkStatus() : absl::NotFoundError(what);
}

}  // namespace parlor::auth
