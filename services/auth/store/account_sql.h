// The statements of the account store (services/common/sql/database.h for the parameters) and the schema that
// they expect.
#ifndef PARLOR_SERVICES_AUTH_STORE_ACCOUNT_SQL_H_
#define PARLOR_SERVICES_AUTH_STORE_ACCOUNT_SQL_H_

#include "absl/strings/string_view.h"
#include "services/common/sql/open.h"

namespace parlor::auth::sql {

using service::SqlStatement;

// Times are milliseconds since the epoch, 0 for never. A deleted account keeps its row, so that its name and
// skeleton stay taken.
inline constexpr absl::string_view kSchema1 = R"sql(
  CREATE TABLE accounts (
    name TEXT PRIMARY KEY,
    skeleton TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    password_version BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    last_login_ms BIGINT NOT NULL
  );
  CREATE TABLE devices (
    device TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (name),
    label TEXT NOT NULL,
    enrolled_ms BIGINT NOT NULL,
    last_used_ms BIGINT NOT NULL,
    family_hash TEXT NOT NULL UNIQUE,
    token_hash TEXT NOT NULL,
    token_salt TEXT NOT NULL,
    previous_hash TEXT NOT NULL
  );
  CREATE INDEX devices_account ON devices (account);
  CREATE INDEX devices_last_used ON devices (last_used_ms);
  CREATE TABLE ended_devices (
    device TEXT PRIMARY KEY,
    ended_ms BIGINT NOT NULL
  );
  CREATE INDEX ended_devices_ended ON ended_devices (ended_ms);
  CREATE TABLE invitations (
    code TEXT PRIMARY KEY,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    uses_left BIGINT NOT NULL
  );
  CREATE TABLE auth_state (
    registration TEXT NOT NULL,
    revocation_version BIGINT NOT NULL,
    revocation_signer TEXT NOT NULL
  );
  INSERT INTO auth_state (registration, revocation_version, revocation_signer) VALUES ('open', 1, '');
)sql";

// ---- accounts

inline constexpr SqlStatement kCountTaken = {
    "count_taken", "SELECT count(*) FROM accounts WHERE name = $1 OR skeleton = $2", 1};

inline constexpr SqlStatement kInsertAccount = {"insert_account",
                                                "INSERT INTO accounts (name, skeleton, password_hash, "
                                                "password_version, state, created_ms, last_login_ms) "
                                                "VALUES ($1, $2, $3, 1, 'active', $4, 0)"};

inline constexpr SqlStatement kFindAccount = {
    "find_account",
    "SELECT name, password_hash, password_version, state, created_ms FROM accounts "
    "WHERE name = $1 AND state <> 'deleted'",
    5};

inline constexpr SqlStatement kListAccounts = {
    "list_accounts",
    "SELECT name, state, created_ms, last_login_ms, "
    "(SELECT count(*) FROM devices WHERE devices.account = accounts.name) "
    "FROM accounts WHERE name > $1 ORDER BY name LIMIT $2",
    5};

inline constexpr SqlStatement kRehash = {
    "rehash", "UPDATE accounts SET password_hash = $1 WHERE name = $2 AND password_version = $3"};

inline constexpr SqlStatement kChangePassword = {
    "change_password",
    "UPDATE accounts SET password_hash = $1, password_version = password_version + 1 "
    "WHERE name = $2 AND password_version = $3 AND state = 'active'"};

inline constexpr SqlStatement kResetPassword = {
    "reset_password",
    "UPDATE accounts SET password_hash = $1, password_version = password_version + 1 "
    "WHERE name = $2 AND state <> 'deleted'"};

inline constexpr SqlStatement kSetState = {
    "set_state", "UPDATE accounts SET state = $1 WHERE name = $2 AND state <> 'deleted'"};

inline constexpr SqlStatement kDeleteAccount = {
    "delete_account",
    "UPDATE accounts SET state = 'deleted', password_hash = '', password_version = password_version + 1 "
    "WHERE name = $1 AND state <> 'deleted'"};

// Also locks the account, so that no password changes while its device is enrolled.
inline constexpr SqlStatement kRecordLogin = {
    "record_login",
    "UPDATE accounts SET last_login_ms = $1 WHERE name = $2 AND password_version = $3 AND state = 'active'"};

// ---- devices

inline constexpr SqlStatement kInsertDevice = {
    "insert_device",
    "INSERT INTO devices (device, account, label, enrolled_ms, last_used_ms, family_hash, token_hash, "
    "token_salt, previous_hash) VALUES ($1, $2, $3, $4, $4, $5, $6, '', '')"};

inline constexpr SqlStatement kRenewDevice = {
    "renew_device",
    "UPDATE devices SET label = $1, last_used_ms = $2, family_hash = $3, token_hash = $4, token_salt = '', "
    "previous_hash = '' WHERE device = $5 AND account = $6"};

inline constexpr SqlStatement kFindDevice = {
    "find_device",
    "SELECT device, label, enrolled_ms, last_used_ms FROM devices WHERE account = $1 AND device = $2", 4};

inline constexpr SqlStatement kListDevices = {
    "list_devices",
    "SELECT device, label, enrolled_ms, last_used_ms FROM devices WHERE account = $1 "
    "ORDER BY enrolled_ms, device",
    4};

inline constexpr SqlStatement kLockFamily = {
    "lock_family",
    "UPDATE devices SET last_used_ms = last_used_ms WHERE family_hash = $1 "
    "RETURNING account, device, token_hash, token_salt, previous_hash, last_used_ms",
    6};

inline constexpr SqlStatement kRotateToken = {
    "rotate_token",
    "UPDATE devices SET previous_hash = token_hash, token_hash = $1, token_salt = $2, last_used_ms = $3 "
    "WHERE device = $4"};

inline constexpr SqlStatement kTouchDevice = {"touch_device",
                                              "UPDATE devices SET last_used_ms = $1 WHERE device = $2"};

inline constexpr SqlStatement kRemoveDevice = {"remove_device",
                                               "DELETE FROM devices WHERE account = $1 AND device = $2"};

inline constexpr SqlStatement kRemoveDevicesBut = {"remove_devices_but",
                                                   "DELETE FROM devices WHERE account = $1 AND device <> $2"};

// ---- what was ended

inline constexpr SqlStatement kCountEnded = {"count_ended",
                                             "SELECT count(*) FROM ended_devices WHERE device = $1", 1};

inline constexpr SqlStatement kRecordEnded = {
    "record_ended",
    "INSERT INTO ended_devices (device, ended_ms) VALUES ($1, $2) "
    "ON CONFLICT (device) DO UPDATE SET ended_ms = excluded.ended_ms"};

inline constexpr SqlStatement kRecordEndedBut = {
    "record_ended_but",
    "INSERT INTO ended_devices (device, ended_ms) "
    "SELECT device, CAST($1 AS BIGINT) FROM devices WHERE account = $2 AND device <> $3 "
    "ON CONFLICT (device) DO UPDATE SET ended_ms = excluded.ended_ms"};

inline constexpr SqlStatement kBumpVersion = {
    "bump_version", "UPDATE auth_state SET revocation_version = revocation_version + 1"};

inline constexpr SqlStatement kFindVersion = {"find_version", "SELECT revocation_version FROM auth_state", 1};

// One row at least, with an empty device when there is none.
inline constexpr SqlStatement kListRevoked = {
    "list_revoked",
    "SELECT s.revocation_version, s.revocation_signer, COALESCE(e.device, '') FROM auth_state s LEFT JOIN "
    "(SELECT device FROM ended_devices WHERE ended_ms > $1 ORDER BY ended_ms DESC LIMIT $2) e ON 1 = 1",
    3};

inline constexpr SqlStatement kChangeSigner = {
    "change_signer",
    "UPDATE auth_state SET revocation_signer = $1, revocation_version = revocation_version + 1 "
    "WHERE revocation_signer = $2"};

inline constexpr SqlStatement kSweepDevices = {"sweep_devices",
                                               "DELETE FROM devices WHERE last_used_ms < $1"};
inline constexpr SqlStatement kSweepEnded = {"sweep_ended", "DELETE FROM ended_devices WHERE ended_ms < $1"};
inline constexpr SqlStatement kSweepInvitations = {
    "sweep_invitations", "DELETE FROM invitations WHERE expires_ms <= $1 OR uses_left <= 0"};

// ---- registration

inline constexpr SqlStatement kFindRegistration = {"find_registration", "SELECT registration FROM auth_state",
                                                   1};
inline constexpr SqlStatement kSetRegistration = {"set_registration",
                                                  "UPDATE auth_state SET registration = $1"};

inline constexpr SqlStatement kInsertInvitation = {
    "insert_invitation",
    "INSERT INTO invitations (code, created_ms, expires_ms, uses_left) VALUES ($1, $2, $3, $4)"};

inline constexpr SqlStatement kCountInvitations = {
    "count_invitations",
    "SELECT count(*) FROM invitations WHERE code = $1 AND uses_left > 0 AND expires_ms > $2", 1};

inline constexpr SqlStatement kUseInvitation = {
    "use_invitation",
    "UPDATE invitations SET uses_left = uses_left - 1 WHERE code = $1 AND uses_left > 0 AND expires_ms > $2"};

inline constexpr SqlStatement kListInvitations = {
    "list_invitations",
    "SELECT code, created_ms, expires_ms, uses_left FROM invitations "
    "WHERE uses_left > 0 AND expires_ms > $1 ORDER BY created_ms DESC, code LIMIT 1000",
    4};

inline service::SqlSchema Schema() {
  return {"auth",
          {kSchema1},
          {kCountTaken,      kInsertAccount,    kFindAccount,      kListAccounts,     kRehash,
           kChangePassword,  kResetPassword,    kSetState,         kDeleteAccount,    kRecordLogin,
           kInsertDevice,    kRenewDevice,      kFindDevice,       kListDevices,      kLockFamily,
           kRotateToken,     kTouchDevice,      kRemoveDevice,     kRemoveDevicesBut, kCountEnded,
           kRecordEnded,     kRecordEndedBut,   kBumpVersion,      kFindVersion,      kListRevoked,
           kChangeSigner,    kSweepDevices,     kSweepEnded,       kSweepInvitations, kFindRegistration,
           kSetRegistration, kInsertInvitation, kCountInvitations, kUseInvitation,    kListInvitations}};
}

}  // namespace parlor::auth::sql

#endif  // PARLOR_SERVICES_AUTH_STORE_ACCOUNT_SQL_H_
