// The use cases of auth, over the store, the hasher and the keys. What gRPC calls are made of, without gRPC.
#ifndef PARLOR_SERVICES_AUTH_AUTH_H_
#define PARLOR_SERVICES_AUTH_AUTH_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/auth/auth_metrics.h"
#include "services/auth/credentials.h"
#include "services/auth/password/password_hasher.h"
#include "services/auth/revocation_publisher.h"
#include "services/auth/rules/login_throttle.h"
#include "services/auth/store/account_store.h"
#include "services/common/rate_limiter.h"
#include "services/common/token_verifier.h"

namespace parlor::auth {

struct Registration {
  std::string name;
  std::string password;
  std::string invitation;
};

struct LoginAttempt {
  std::string name;
  std::string password;
  std::string certificate_request;  // PKCS#10, DER
  std::string device_label;
  std::string ip;  // canonical address that it comes from
};

struct Tokens {
  AccessToken access;
  std::string refresh;
};

struct Login {
  std::string name;    // canonical
  std::string device;  // id
  Tokens tokens;
  IssuedCertificate certificate;
};

struct AuthParts {  // all outlive Auth
  AccountStore* store = nullptr;
  const PasswordHasher* hasher = nullptr;
  LoginThrottle* throttle = nullptr;
  const Credentials* credentials = nullptr;
  RevocationPublisher* revocations = nullptr;
  AuthMetrics* metrics = nullptr;
};

// How often one account may log in with the right password: each login may end a device, which then stands on
// the revocation list for 8 days.
inline constexpr service::RateLimiterOptions kLoginsPerAccount = {.per_second = 1.0 / 60, .burst = 60};

// Every method blocks, those with a password for tens of milliseconds; thread-safe. The errors are those of
// protos/parlor/auth/v1/auth.proto and of AccountStore. A `caller` was proved by its token; its device may
// have been ended a moment ago, so the store is asked.
class Auth {
 public:
  explicit Auth(const AuthParts& parts) : parts_(parts), logins_per_account_(kLoginsPerAccount) {}

  // The canonical name.
  absl::StatusOr<std::string> Register(const Registration& registration, absl::Time now);

  // PERMISSION_DENIED for a suspended account, but only to whoever knows its password.
  absl::StatusOr<Login> LogIn(const LoginAttempt& attempt, absl::Time now);

  absl::StatusOr<Tokens> Refresh(absl::string_view refresh_token, absl::Time now);

  absl::Status Logout(const service::Caller& caller, absl::Time now);

  // PERMISSION_DENIED for a wrong password, throttled like logins, in both of these.
  absl::Status ChangePassword(const service::Caller& caller, absl::string_view ip,
                              absl::string_view old_password, absl::string_view new_password, absl::Time now);
  absl::Status DeleteAccount(const service::Caller& caller, absl::string_view ip, absl::string_view password,
                             absl::Time now);

  // PERMISSION_DENIED if the request is for another key than the device logged in with.
  absl::StatusOr<IssuedCertificate> IssueCertificate(const service::Caller& caller,
                                                     absl::string_view certificate_request, absl::Time now);

  absl::StatusOr<std::vector<Device>> ListDevices(const service::Caller& caller);
  // NOT_FOUND if it is not a device of the caller's account.
  absl::Status RevokeDevice(const service::Caller& caller, absl::string_view device, absl::Time now);

 private:
  struct CheckedLogin;

  absl::StatusOr<Login> LogInCounted(const LoginAttempt& attempt, absl::Time now, LoginResult& result);
  // The account, if the password is its and the throttle lets it be tried.
  absl::StatusOr<Account> CheckPassword(absl::string_view name, absl::string_view ip,
                                        absl::string_view password, const absl::Status& if_wrong,
                                        absl::Time now);
  // The same after the throttle's Begin, which it closes.
  absl::StatusOr<Account> JudgePassword(absl::string_view name, absl::string_view ip,
                                        absl::string_view password, const absl::Status& if_wrong);
  absl::StatusOr<bool> Matches(const absl::StatusOr<Account>& account, absl::string_view password) const;
  void RehashIfWeak(const Account& account, absl::string_view password);
  absl::StatusOr<Login> Enrol(const Account& account, const CheckedLogin& login, absl::Time now);
  // Tells everybody at once; if that fails, the next poll does.
  void PublishRevocations(absl::Time now);

  const AuthParts parts_;
  service::RateLimiter logins_per_account_;
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_AUTH_H_
