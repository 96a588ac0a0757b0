#include "services/auth/auth.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto/certificate.h"
#include "base/status.h"
#include "base/text/names.h"
#include "services/auth/rules/limits.h"
#include "services/auth/rules/password_policy.h"
#include "services/auth/rules/refresh_token.h"
#include "spdlog/spdlog.h"

namespace parlor::auth {
namespace {

absl::Status Missing(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat("the request has no ", field));
}

absl::StatusOr<PublicKey> KeyOfRequest(absl::string_view certificate_request) {
  if (certificate_request.empty()) return Missing("certificate_request");
  if (certificate_request.size() > kMaxCertificateRequestBytes) {
    return absl::InvalidArgumentError("the certificate request is too long");
  }
  return VerifyCertificateRequest(certificate_request);
}

absl::StatusOr<Name> ParseNewName(absl::string_view name) {
  if (name.empty()) return Missing("name");
  if (name.size() > kMaxFieldBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the name is too long: at most ", kMaxUserNameCharacters, " characters"));
  }
  return ParseUserName(name);
}

LoginResult ResultOf(const absl::Status& judged) {
  if (absl::IsUnauthenticated(judged)) return LoginResult::kWrong;
  return absl::IsResourceExhausted(judged) ? LoginResult::kBusy : LoginResult::kFailed;
}

absl::Status SessionEnded() {
  return absl::UnauthenticatedError("this session has ended: log in again");
}

}  // namespace

// A login whose request is well-formed; nothing has been said about its password yet.
struct Auth::CheckedLogin {
  std::string name;  // canonical; empty if nobody can be called so
  PublicKey key;
  std::string label;

  static absl::StatusOr<CheckedLogin> Of(const LoginAttempt& attempt) {
    if (attempt.name.empty()) return Missing("name");
    if (attempt.password.empty()) return Missing("password");
    PARLOR_ASSIGN_OR_RETURN(PublicKey key, KeyOfRequest(attempt.certificate_request));
    PARLOR_ASSIGN_OR_RETURN(std::string label, CleanDeviceLabel(attempt.device_label));
    const absl::StatusOr<Name> name = ParseNewName(attempt.name);
    return CheckedLogin{name.ok() ? name->canonical : "", std::move(key), std::move(label)};
  }
};

absl::StatusOr<std::string> Auth::Register(const Registration& registration, absl::Time now) {
  if (registration.password.empty()) return Missing("password");
  if (registration.invitation.size() > kMaxFieldBytes) {
    return absl::InvalidArgumentError("the invitation is too long");
  }
  PARLOR_ASSIGN_OR_RETURN(const Name name, ParseNewName(registration.name));
  PARLOR_ASSIGN_OR_RETURN(const std::string password, PreparePassword(registration.password));
  PARLOR_RETURN_IF_ERROR(CheckNewPassword(password, name.canonical));
  PARLOR_RETURN_IF_ERROR(parts_.store->MayCreateAccount(name, registration.invitation, now));

  PARLOR_ASSIGN_OR_RETURN(const std::string hash, parts_.hasher->Hash(password));
  PARLOR_RETURN_IF_ERROR(parts_.store->CreateAccount({name, hash, registration.invitation}, now));
  parts_.metrics->CountRegistration();
  return name.canonical;
}

absl::StatusOr<Login> Auth::LogIn(const LoginAttempt& attempt, absl::Time now) {
  LoginResult result = LoginResult::kFailed;
  absl::StatusOr<Login> login = LogInCounted(attempt, now, result);
  parts_.metrics->CountLogin(login.ok() ? LoginResult::kOk : result);
  return login;
}

absl::StatusOr<Login> Auth::LogInCounted(const LoginAttempt& attempt, absl::Time now, LoginResult& result) {
  result = LoginResult::kInvalid;
  PARLOR_ASSIGN_OR_RETURN(const CheckedLogin login, CheckedLogin::Of(attempt));

  // One answer for both, so that nobody learns which names have accounts.
  const absl::Status wrong = absl::UnauthenticatedError("name or password is wrong");
  result = LoginResult::kWrong;
  const absl::StatusOr<std::string> password = PreparePassword(attempt.password);
  if (login.name.empty() || !password.ok()) return wrong;

  result = LoginResult::kThrottled;
  PARLOR_RETURN_IF_ERROR(parts_.throttle->Begin(login.name, attempt.ip, now));
  const absl::StatusOr<Account> account = JudgePassword(login.name, attempt.ip, *password, wrong);
  if (!account.ok()) {
    result = ResultOf(account.status());
    return account.status();
  }

  if (account->state == AccountState::kSuspended) {
    result = LoginResult::kSuspended;
    return absl::PermissionDeniedError("this account is suspended: ask those who run the server");
  }
  result = LoginResult::kThrottled;
  PARLOR_RETURN_IF_ERROR(logins_per_account_.Check(account->name, now, "this account logs in too often"));
  result = LoginResult::kFailed;
  RehashIfWeak(*account, *password);
  return Enrol(*account, login, now);
}

absl::StatusOr<Account> Auth::CheckPassword(absl::string_view name, absl::string_view ip,
                                            absl::string_view password, const absl::Status& if_wrong,
                                            absl::Time now) {
  PARLOR_RETURN_IF_ERROR(parts_.throttle->Begin(name, ip, now));
  return JudgePassword(name, ip, password, if_wrong);
}

absl::StatusOr<Account> Auth::JudgePassword(absl::string_view name, absl::string_view ip,
                                            absl::string_view password, const absl::Status& if_wrong) {
  absl::StatusOr<Account> account = parts_.store->FindAccount(name);
  const absl::StatusOr<bool> matches = Matches(account, password);
  if (!matches.ok()) {
    parts_.throttle->Withdraw(name, ip);
    return matches.status();
  }
  if (!*matches) return if_wrong;
  parts_.throttle->Succeeded(name, ip);
  return account;
}

absl::StatusOr<bool> Auth::Matches(const absl::StatusOr<Account>& account, absl::string_view password) const {
  if (account.ok()) return parts_.hasher->Verify(password, account->password_hash);
  if (!absl::IsNotFound(account.status())) return account.status();
  // The time of an answer must not tell what its words do not.
  PARLOR_RETURN_IF_ERROR(parts_.hasher->VerifyNobody(password));
  return false;
}

void Auth::RehashIfWeak(const Account& account, absl::string_view password) {
  if (!parts_.hasher->NeedsRehash(account.password_hash)) return;
  const absl::StatusOr<std::string> hash = parts_.hasher->Hash(password);
  const absl::Status stored =
      hash.ok() ? parts_.store->Rehash(account.name, account.password_version, *hash) : hash.status();
  // The login goes on: the next one tries again.
  if (!stored.ok()) spdlog::warn("a password hash could not be strengthened: {}", stored.ToString());
}

absl::StatusOr<Login> Auth::Enrol(const Account& account, const CheckedLogin& login, absl::Time now) {
  const std::string device = login.key.device_id();
  const RefreshToken refresh = RefreshToken::Random();
  PARLOR_ASSIGN_OR_RETURN(IssuedCertificate certificate,
                          parts_.credentials->IssueCertificate(account.name, login.key, now));
  PARLOR_ASSIGN_OR_RETURN(const std::vector<std::string> ended,
                          parts_.store->EnrolDevice({.account = account.name,
                                                     .password_version = account.password_version,
                                                     .device = device,
                                                     .label = login.label,
                                                     .family_hash = refresh.FamilyHash(),
                                                     .token_hash = refresh.SecretHash()},
                                                    now));
  if (!ended.empty()) PublishRevocations(now);
  return Login{account.name,
               device,
               {parts_.credentials->IssueAccessToken(account.name, device, now), refresh.ToText()},
               std::move(certificate)};
}

absl::StatusOr<Tokens> Auth::Refresh(absl::string_view refresh_token, absl::Time now) {
  if (refresh_token.empty()) return Missing("refresh_token");
  PARLOR_ASSIGN_OR_RETURN(const RefreshToken presented, RefreshToken::Parse(refresh_token));
  const std::string salt = RandomSalt();
  const absl::StatusOr<RefreshOutcome> outcome =
      parts_.store->Refresh({.family_hash = presented.FamilyHash(),
                             .presented_hash = presented.SecretHash(),
                             .successor_hash = presented.Successor(salt).SecretHash(),
                             .successor_salt = salt},
                            now);
  if (absl::IsNotFound(outcome.status())) return SessionEnded();
  PARLOR_RETURN_IF_ERROR(outcome.status());
  switch (outcome->verdict) {
    case RefreshVerdict::kRotate:
    case RefreshVerdict::kRepeat:
      return Tokens{parts_.credentials->IssueAccessToken(outcome->account, outcome->device, now),
                    presented.Successor(outcome->successor_salt).ToText()};
    case RefreshVerdict::kReused:
      parts_.metrics->CountRefreshReuse();
      PublishRevocations(now);
      return absl::UnauthenticatedError(
          "this refresh token was used before, so a copy of it is at large: the device was logged out; log "
          "in "
          "again, and change the password if you do not know why");
    case RefreshVerdict::kIdle:
      return SessionEnded();
  }
  return absl::InternalError("unknown verdict");
}

absl::Status Auth::Logout(const service::Caller& caller, absl::Time now) {
  const absl::Status ended = parts_.store->EndDevice(caller.user, caller.device, now);
  if (absl::IsNotFound(ended)) return absl::OkStatus();  // somebody was faster
  PARLOR_RETURN_IF_ERROR(ended);
  PublishRevocations(now);
  return absl::OkStatus();
}

absl::Status Auth::ChangePassword(const service::Caller& caller, absl::string_view ip,
                                  absl::string_view old_password, absl::string_view new_password,
                                  absl::Time now) {
  if (old_password.empty()) return Missing("old_password");
  if (new_password.empty()) return Missing("new_password");
  const absl::Status wrong = absl::PermissionDeniedError("the old password is wrong");
  const absl::StatusOr<std::string> old_prepared = PreparePassword(old_password);
  if (!old_prepared.ok()) return wrong;
  PARLOR_ASSIGN_OR_RETURN(const std::string new_prepared, PreparePassword(new_password));
  PARLOR_RETURN_IF_ERROR(CheckNewPassword(new_prepared, caller.user));

  PARLOR_ASSIGN_OR_RETURN(const Account account, CheckPassword(caller.user, ip, *old_prepared, wrong, now));
  PARLOR_ASSIGN_OR_RETURN(const std::string hash, parts_.hasher->Hash(new_prepared));
  PARLOR_RETURN_IF_ERROR(
      parts_.store->ChangePassword(caller.user, account.password_version, hash, caller.device, now));
  PublishRevocations(now);
  return absl::OkStatus();
}

absl::Status Auth::DeleteAccount(const service::Caller& caller, absl::string_view ip,
                                 absl::string_view password, absl::Time now) {
  if (password.empty()) return Missing("password");
  const absl::Status wrong = absl::PermissionDeniedError("the password is wrong");
  const absl::StatusOr<std::string> prepared = PreparePassword(password);
  if (!prepared.ok()) return wrong;
  PARLOR_RETURN_IF_ERROR(CheckPassword(caller.user, ip, *prepared, wrong, now).status());
  PARLOR_RETURN_IF_ERROR(parts_.store->DeleteAccount(caller.user, now));
  PublishRevocations(now);
  return absl::OkStatus();
}

absl::StatusOr<IssuedCertificate> Auth::IssueCertificate(const service::Caller& caller,
                                                         absl::string_view certificate_request,
                                                         absl::Time now) {
  PARLOR_ASSIGN_OR_RETURN(const PublicKey key, KeyOfRequest(certificate_request));
  if (key.device_id() != caller.device) {
    return absl::PermissionDeniedError("this is not the key that the device logged in with");
  }
  const absl::Status alive = parts_.store->FindDevice(caller.user, caller.device).status();
  if (absl::IsNotFound(alive)) return SessionEnded();
  PARLOR_RETURN_IF_ERROR(alive);
  return parts_.credentials->IssueCertificate(caller.user, key, now);
}

absl::StatusOr<std::vector<Device>> Auth::ListDevices(const service::Caller& caller) {
  return parts_.store->ListDevices(caller.user);
}

absl::Status Auth::RevokeDevice(const service::Caller& caller, absl::string_view device, absl::Time now) {
  if (device.empty()) return Missing("device");
  if (device.size() > kMaxFieldBytes) return absl::NotFoundError("this account has no such device");
  PARLOR_RETURN_IF_ERROR(parts_.store->EndDevice(caller.user, device, now));
  PublishRevocations(now);
  return absl::OkStatus();
}

void Auth::PublishRevocations(absl::Time now) {
  const absl::Status published = parts_.revocations->Publish(now);
  if (!published.ok()) spdlog::warn("the revocation list will be late: {}", published.ToString());
}

}  // namespace parlor::auth
