#include "base/status.h"
#include "services/auth/store/account_sql.h"
#include "services/auth/store/sql_account_store.h"

namespace parlor::auth {
namespace {

absl::Status CheckInvitation(SqlTransaction& tx, absl::string_view invitation, absl::Time now, bool use_up) {
  const absl::Status denied = absl::PermissionDeniedError(
      "registration is by invitation, and this one is wrong, used up or too old: ask those who run the "
      "server");
  const std::vector<SqlValue> values = {std::string(invitation), ToMs(now)};
  if (!use_up) {
    PARLOR_ASSIGN_OR_RETURN(const SqlResult found, tx.Run(sql::kCountInvitations, values));
    return found.Int(0, 0) != 0 ? absl::OkStatus() : denied;
  }
  PARLOR_ASSIGN_OR_RETURN(const SqlResult used, tx.Run(sql::kUseInvitation, values));
  return used.changes != 0 ? absl::OkStatus() : denied;
}

}  // namespace

absl::StatusOr<RegistrationMode> SqlAccountStore::GetRegistrationMode() {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found, database_->ReadOne(sql::kFindRegistration, {}));
  return ParseRegistrationMode(found.Text(0, 0));
}

absl::Status SqlAccountStore::SetRegistrationMode(RegistrationMode mode) {
  return database_->Write([&](SqlTransaction& tx) {
    return tx.Run(sql::kSetRegistration, {std::string(ToString(mode))}).status();
  });
}

absl::Status SqlAccountStore::AddInvitation(const Invitation& invitation) {
  return database_->Write([&](SqlTransaction& tx) {
    return tx
        .Run(sql::kInsertInvitation,
             {invitation.code, ToMs(invitation.created), ToMs(invitation.expires), invitation.uses_left})
        .status();
  });
}

absl::StatusOr<std::vector<Invitation>> SqlAccountStore::ListInvitations(absl::Time now) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found, database_->ReadOne(sql::kListInvitations, {ToMs(now)}));
  std::vector<Invitation> invitations;
  for (size_t row = 0; row < found.rows.size(); ++row) {
    invitations.push_back({.code = found.Text(row, 0),
                           .created = absl::FromUnixMillis(found.Int(row, 1)),
                           .expires = absl::FromUnixMillis(found.Int(row, 2)),
                           .uses_left = found.Int(row, 3)});
  }
  return invitations;
}

absl::Status CheckRegistration(SqlTransaction& tx, absl::string_view invitation, absl::Time now,
                               bool use_up) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found, tx.Run(sql::kFindRegistration, {}));
  PARLOR_ASSIGN_OR_RETURN(const RegistrationMode mode, ParseRegistrationMode(found.Text(0, 0)));
  switch (mode) {
    case RegistrationMode::kOpen:
      return absl::OkStatus();
    case RegistrationMode::kInvite:
      return CheckInvitation(tx, invitation, now, use_up);
    case RegistrationMode::kClosed:
      break;
  }
  return absl::PermissionDeniedError("registration is closed on this server: ask those who run it");
}

}  // namespace parlor::auth
