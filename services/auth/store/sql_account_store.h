// AccountStore in SQL, for any SqlDatabase with the schema of account_sql.h.
#ifndef PARLOR_SERVICES_AUTH_STORE_SQL_ACCOUNT_STORE_H_
#define PARLOR_SERVICES_AUTH_STORE_SQL_ACCOUNT_STORE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/auth/store/account_store.h"
#include "services/common/sql/database.h"

namespace parlor::auth {

using service::SqlDatabase;
using service::SqlResult;
using service::SqlStatement;
using service::SqlTransaction;
using service::SqlValue;

class SqlAccountStore final : public AccountStore {
 public:
  explicit SqlAccountStore(std::unique_ptr<SqlDatabase> database) : database_(std::move(database)) {}

  // sql_accounts.cc
  absl::Status CreateAccount(const NewAccount& account, absl::Time now) override;
  absl::Status MayCreateAccount(const Name& name, absl::string_view invitation, absl::Time now) override;
  absl::StatusOr<Account> FindAccount(absl::string_view name) override;
  absl::StatusOr<std::vector<AccountSummary>> ListAccounts(absl::string_view after, int limit) override;
  absl::Status Rehash(absl::string_view name, int64_t password_version,
                      absl::string_view password_hash) override;
  absl::Status ChangePassword(absl::string_view name, int64_t password_version,
                              absl::string_view password_hash, absl::string_view keep,
                              absl::Time now) override;
  absl::Status ResetPassword(absl::string_view name, absl::string_view password_hash,
                             absl::Time now) override;
  absl::Status SuspendAccount(absl::string_view name, absl::Time now) override;
  absl::Status UnsuspendAccount(absl::string_view name) override;
  absl::Status DeleteAccount(absl::string_view name, absl::Time now) override;

  // sql_devices.cc
  absl::StatusOr<std::vector<std::string>> EnrolDevice(const NewDevice& device, absl::Time now) override;
  absl::StatusOr<RefreshOutcome> Refresh(const RefreshExchange& exchange, absl::Time now) override;
  absl::StatusOr<Device> FindDevice(absl::string_view account, absl::string_view device) override;
  absl::Status EndDevice(absl::string_view account, absl::string_view device, absl::Time now) override;
  absl::StatusOr<std::vector<Device>> ListDevices(absl::string_view account) override;
  absl::StatusOr<int64_t> RevocationVersion() override;
  absl::StatusOr<RevokedDevices> ListRevoked(absl::Time since, size_t limit) override;
  absl::Status ChangeRevocationSigner(absl::string_view before, absl::string_view kid) override;
  absl::Status Sweep(absl::Time idle_before, absl::Time ended_before, absl::Time now) override;

  // sql_registration.cc
  absl::StatusOr<RegistrationMode> GetRegistrationMode() override;
  absl::Status SetRegistrationMode(RegistrationMode mode) override;
  absl::Status AddInvitation(const Invitation& invitation) override;
  absl::StatusOr<std::vector<Invitation>> ListInvitations(absl::Time now) override;

  absl::Status Ping() override { return database_->Ping(); }

 private:
  const std::unique_ptr<SqlDatabase> database_;
};

// ---- steps of transactions that several methods share

int64_t ToMs(absl::Time time);

// NOT_FOUND "`what`" when it changed nothing.
absl::Status ChangeOne(SqlTransaction& tx, const SqlStatement& statement, const std::vector<SqlValue>& values,
                       absl::string_view what);

// Ends the devices of an account but `keep` (empty: all) and lets the revocation version grow if there were
// any.
absl::Status EndDevicesBut(SqlTransaction& tx, absl::string_view account, absl::string_view keep,
                           absl::Time now);

// PERMISSION_DENIED as CreateAccount; takes a use of the invitation if `use_up`.
absl::Status CheckRegistration(SqlTransaction& tx, absl::string_view invitation, absl::Time now, bool use_up);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_STORE_SQL_ACCOUNT_STORE_H_
