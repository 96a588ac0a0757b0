// What auth remembers: accounts, their devices, which devices were ended, who may register.
//
// Every method blocks and is one transaction: after a crash it happened as a whole or not at all, and callers
// on any number of threads and replicas see each other's as if they took turns. Besides what is said below, a
// method answers UNAVAILABLE when the database is away, RESOURCE_EXHAUSTED when its disk is full,
// DEADLINE_EXCEEDED when it is too slow and INTERNAL for what should not be.
#ifndef PARLOR_SERVICES_AUTH_STORE_ACCOUNT_STORE_H_
#define PARLOR_SERVICES_AUTH_STORE_ACCOUNT_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/text/names.h"
#include "services/auth/rules/devices.h"
#include "services/auth/rules/refresh_token.h"
#include "services/auth/rules/registration.h"

namespace parlor::auth {

enum class AccountState { kActive, kSuspended, kDeleted };
absl::string_view ToString(AccountState state);

struct Account {
  std::string name;              // canonical
  std::string password_hash;     // encoded Argon2id; empty once deleted
  int64_t password_version = 0;  // grows with every change of the password, not with a rehash
  AccountState state = AccountState::kActive;
  absl::Time created;
};

struct AccountSummary {
  std::string name;
  AccountState state;
  absl::Time created;
  absl::Time last_login;  // UnixEpoch: never
  int64_t devices;        // that have not ended
};

struct NewAccount {
  Name name;
  std::string password_hash;
  std::string invitation;  // counts only while registration is by invitation
};

struct NewDevice {
  std::string account;
  int64_t password_version = 0;  // that the login proved
  std::string device;
  std::string label;
  std::string family_hash;  // rules/refresh_token.h
  std::string token_hash;
};

struct RefreshExchange {
  std::string family_hash;
  std::string presented_hash;
  // Of the successor that is to be, should the presented token be the current one.
  std::string successor_hash;
  std::string successor_salt;
};

struct RefreshOutcome {
  RefreshVerdict verdict;
  std::string account;
  std::string device;
  std::string successor_salt;  // kRotate, kRepeat: of the successor to hand out
};

struct RevokedDevices {
  int64_t version;     // from 1; grows whenever a device is ended or the signer changes
  std::string signer;  // kid that last signed the list; empty at first
  std::vector<std::string> devices;
};

struct Invitation {
  std::string code;
  absl::Time created;
  absl::Time expires;
  int64_t uses_left;
};

// Thread-safe.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // ---- accounts
  // ALREADY_EXISTS if the name, or one with its skeleton, was ever taken. PERMISSION_DENIED if registration
  // is closed, or by invitation and there is none with this code that has a use left; success takes one use.
  virtual absl::Status CreateAccount(const NewAccount& account, absl::Time now) = 0;
  // The same refusals, for whoever wants them before hashing a password; promises nothing.
  virtual absl::Status MayCreateAccount(const Name& name, absl::string_view invitation, absl::Time now) = 0;

  // NOT_FOUND when there is none or it was deleted.
  virtual absl::StatusOr<Account> FindAccount(absl::string_view name) = 0;
  // By name, the `limit` after `after`; deleted ones too.
  virtual absl::StatusOr<std::vector<AccountSummary>> ListAccounts(absl::string_view after, int limit) = 0;

  // The same password under stronger parameters. Nothing happens if the password was changed meanwhile.
  virtual absl::Status Rehash(absl::string_view name, int64_t password_version,
                              absl::string_view password_hash) = 0;

  // A new password; ends every device but `keep`. FAILED_PRECONDITION if `password_version` is not the
  // account's (any more), or `keep` is not its device: then log in again.
  virtual absl::Status ChangePassword(absl::string_view name, int64_t password_version,
                                      absl::string_view password_hash, absl::string_view keep,
                                      absl::Time now) = 0;
  // By those who run the server: ends every device. NOT_FOUND as FindAccount.
  virtual absl::Status ResetPassword(absl::string_view name, absl::string_view password_hash,
                                     absl::Time now) = 0;
  // Ends every device. NOT_FOUND as FindAccount; again: no effect.
  virtual absl::Status SuspendAccount(absl::string_view name, absl::Time now) = 0;
  virtual absl::Status UnsuspendAccount(absl::string_view name) = 0;
  // Ends every device and forgets the password; name and skeleton stay taken. NOT_FOUND as FindAccount.
  virtual absl::Status DeleteAccount(absl::string_view name, absl::Time now) = 0;

  // ---- devices

  // A login.
  // The same device again takes a new token family. Returns the devices that were ended because the account
  // had too many. FAILED_PRECONDITION if the account is not active or its password changed since it was
  // proved; ALREADY_EXISTS if the device's key is another account's, or was ended before.
  virtual absl::StatusOr<std::vector<std::string>> EnrolDevice(const NewDevice& device, absl::Time now) = 0;

  // Applies JudgeRefresh: kReused ends the device, kIdle forgets it. NOT_FOUND for an unknown family.
  virtual absl::StatusOr<RefreshOutcome> Refresh(const RefreshExchange& exchange, absl::Time now) = 0;

  // NOT_FOUND unless it is a device of this account that has not ended.
  virtual absl::StatusOr<Device> FindDevice(absl::string_view account, absl::string_view device) = 0;
  virtual absl::Status EndDevice(absl::string_view account, absl::string_view device, absl::Time now) = 0;
  // Those that have not ended, by their time of enrolment.
  virtual absl::StatusOr<std::vector<Device>> ListDevices(absl::string_view account) = 0;

  // ---- what was ended
  virtual absl::StatusOr<int64_t> RevocationVersion() = 0;
  // The `limit` devices that were ended last, after `since`.
  virtual absl::StatusOr<RevokedDevices> ListRevoked(absl::Time since, size_t limit) = 0;
  // The list is about to be signed by `kid`: the version grows if another key did so before (`before`, by its
  // last ListRevoked), so that everybody takes the list under the new key.
  virtual absl::Status ChangeRevocationSigner(absl::string_view before, absl::string_view kid) = 0;

  // Forgets devices unused since `idle_before`, ended ones since `ended_before`, and invitations that ended.
  virtual absl::Status Sweep(absl::Time idle_before, absl::Time ended_before, absl::Time now) = 0;

  // ---- registration
  virtual absl::StatusOr<RegistrationMode> GetRegistrationMode() = 0;
  virtual absl::Status SetRegistrationMode(RegistrationMode mode) = 0;
  virtual absl::Status AddInvitation(const Invitation& invitation) = 0;
  // Those with uses left that have not expired, newest first, at most 1,000.
  virtual absl::StatusOr<std::vector<Invitation>> ListInvitations(absl::Time now) = 0;

  // OK when the database answers: for readiness.
  virtual absl::Status Ping() = 0;
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_STORE_ACCOUNT_STORE_H_
