#include <utility>

#include "base/status.h"
#include "services/auth/store/account_sql.h"
#include "services/auth/store/sql_account_store.h"

namespace parlor::auth {
namespace {

std::vector<Device> ReadDevices(const SqlResult& found) {
  std::vector<Device> devices;
  for (size_t row = 0; row < found.rows.size(); ++row) {
    devices.push_back({.id = found.Text(row, 0),
                       .label = found.Text(row, 1),
                       .enrolled = absl::FromUnixMillis(found.Int(row, 2)),
                       .last_used = absl::FromUnixMillis(found.Int(row, 3))});
  }
  return devices;
}

absl::Status RecordEnded(SqlTransaction& tx, absl::string_view device, absl::Time now) {
  PARLOR_RETURN_IF_ERROR(tx.Run(sql::kRecordEnded, {std::string(device), ToMs(now)}).status());
  return tx.Run(sql::kBumpVersion, {}).status();
}

absl::Status EndOne(SqlTransaction& tx, absl::string_view account, absl::string_view device, absl::Time now) {
  PARLOR_RETURN_IF_ERROR(ChangeOne(tx, sql::kRemoveDevice, {std::string(account), std::string(device)},
                                   "this account has no such device"));
  return RecordEnded(tx, device, now);
}

absl::Status InsertOrRenew(SqlTransaction& tx, const NewDevice& device, absl::Time now) {
  const absl::Status used_before =
      absl::AlreadyExistsError("this device key was used before: make a new one and log in again");
  PARLOR_ASSIGN_OR_RETURN(const SqlResult ended, tx.Run(sql::kCountEnded, {device.device}));
  if (ended.Int(0, 0) != 0) return used_before;
  PARLOR_ASSIGN_OR_RETURN(const SqlResult renewed,
                          tx.Run(sql::kRenewDevice, {device.label, ToMs(now), device.family_hash,
                                                     device.token_hash, device.device, device.account}));
  if (renewed.changes != 0) return absl::OkStatus();
  const absl::Status inserted = tx.Run(sql::kInsertDevice, {device.device, device.account, device.label,
                                                            ToMs(now), device.family_hash, device.token_hash})
                                    .status();
  return absl::IsAlreadyExists(inserted) ? used_before : inserted;
}

absl::StatusOr<std::vector<std::string>> EndOverLimit(SqlTransaction& tx, const NewDevice& newest,
                                                      absl::Time now) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found, tx.Run(sql::kListDevices, {newest.account}));
  std::vector<std::string> over = DevicesOverLimit(ReadDevices(found), newest.device);
  for (const std::string& device : over) PARLOR_RETURN_IF_ERROR(EndOne(tx, newest.account, device, now));
  return over;
}

// What a verdict does to the device; `row` is the locked device's.
absl::Status ApplyVerdict(SqlTransaction& tx, const RefreshExchange& exchange, absl::Time now,
                          RefreshOutcome& outcome) {
  switch (outcome.verdict) {
    case RefreshVerdict::kRotate:
      outcome.successor_salt = exchange.successor_salt;
      return tx
          .Run(sql::kRotateToken,
               {exchange.successor_hash, exchange.successor_salt, ToMs(now), outcome.device})
          .status();
    case RefreshVerdict::kRepeat:
      return tx.Run(sql::kTouchDevice, {ToMs(now), outcome.device}).status();
    case RefreshVerdict::kReused:
      return EndOne(tx, outcome.account, outcome.device, now);
    case RefreshVerdict::kIdle:
      return tx.Run(sql::kRemoveDevice, {outcome.account, outcome.device}).status();
  }
  return absl::InternalError("unknown verdict");
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SqlAccountStore::EnrolDevice(const NewDevice& device,
                                                                      absl::Time now) {
  std::vector<std::string> ended;
  const absl::Status done = database_->Write([&](SqlTransaction& tx) -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(const SqlResult login,
                            tx.Run(sql::kRecordLogin, {ToMs(now), device.account, device.password_version}));
    if (login.changes == 0) {
      return absl::FailedPreconditionError("the account was changed at the same moment: log in again");
    }
    PARLOR_RETURN_IF_ERROR(InsertOrRenew(tx, device, now));
    PARLOR_ASSIGN_OR_RETURN(ended, EndOverLimit(tx, device, now));
    return absl::OkStatus();
  });
  if (!done.ok()) return done;
  return ended;
}

absl::StatusOr<RefreshOutcome> SqlAccountStore::Refresh(const RefreshExchange& exchange, absl::Time now) {
  RefreshOutcome outcome;
  PARLOR_RETURN_IF_ERROR(database_->Write([&](SqlTransaction& tx) -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(const SqlResult found, tx.Run(sql::kLockFamily, {exchange.family_hash}));
    if (found.rows.empty()) return absl::NotFoundError("no device has this refresh token");
    const RefreshState state = {.current_hash = found.Text(0, 2),
                                .previous_hash = found.Text(0, 4),
                                .last_used = absl::FromUnixMillis(found.Int(0, 5))};
    outcome = {.verdict = JudgeRefresh(state, exchange.presented_hash, now),
               .account = found.Text(0, 0),
               .device = found.Text(0, 1),
               .successor_salt = found.Text(0, 3)};
    return ApplyVerdict(tx, exchange, now, outcome);
  }));
  return outcome;
}

absl::StatusOr<Device> SqlAccountStore::FindDevice(absl::string_view account, absl::string_view device) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found,
                          database_->ReadOne(sql::kFindDevice, {std::string(account), std::string(device)}));
  if (found.rows.empty()) return absl::NotFoundError("this account has no such device");
  return ReadDevices(found).front();
}

absl::Status SqlAccountStore::EndDevice(absl::string_view account, absl::string_view device, absl::Time now) {
  return database_->Write([&](SqlTransaction& tx) { return EndOne(tx, account, device, now); });
}

absl::StatusOr<std::vector<Device>> SqlAccountStore::ListDevices(absl::string_view account) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found,
                          database_->ReadOne(sql::kListDevices, {std::string(account)}));
  return ReadDevices(found);
}

absl::StatusOr<int64_t> SqlAccountStore::RevocationVersion() {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found, database_->ReadOne(sql::kFindVersion, {}));
  return found.Int(0, 0);
}

absl::StatusOr<RevokedDevices> SqlAccountStore::ListRevoked(absl::Time since, size_t limit) {
  PARLOR_ASSIGN_OR_RETURN(const SqlResult found,
                          database_->ReadOne(sql::kListRevoked, {ToMs(since), static_cast<int64_t>(limit)}));
  RevokedDevices revoked = {.version = found.Int(0, 0), .signer = found.Text(0, 1), .devices = {}};
  for (size_t row = 0; row < found.rows.size(); ++row) {
    if (!found.Text(row, 2).empty()) revoked.devices.push_back(found.Text(row, 2));
  }
  return revoked;
}

absl::Status SqlAccountStore::ChangeRevocationSigner(absl::string_view before, absl::string_view kid) {
  if (before == kid) return absl::OkStatus();
  return database_->Write([&](SqlTransaction& tx) {
    return tx.Run(sql::kChangeSigner, {std::string(kid), std::string(before)}).status();
  });
}

absl::Status SqlAccountStore::Sweep(absl::Time idle_before, absl::Time ended_before, absl::Time now) {
  return database_->Write([&](SqlTransaction& tx) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(tx.Run(sql::kSweepDevices, {ToMs(idle_before)}).status());
    PARLOR_RETURN_IF_ERROR(tx.Run(sql::kSweepEnded, {ToMs(ended_before)}).status());
    return tx.Run(sql::kSweepInvitations, {ToMs(now)}).status();
  });
}

absl::Status EndDevicesBut(SqlTransaction& tx, absl::string_view account, absl::string_view keep,
                           absl::Time now) {
  const std::string name(account), kept(keep);
  PARLOR_ASSIGN_OR_RETURN(const SqlResult recorded, tx.Run(sql::kRecordEndedBut, {ToMs(now), name, kept}));
  if (recorded.changes == 0) return absl::OkStatus();
  PARLOR_RETURN_IF_ERROR(tx.Run(sql::kRemoveDevicesBut, {name, kept}).status());
  return tx.Run(sql::kBumpVersion, {}).status();
}

}  // namespace parlor::auth
