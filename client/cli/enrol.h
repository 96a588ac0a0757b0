// How a person and a device come to an account: register and log in, before there is a core.
#ifndef PARLOR_CLIENT_CLI_ENROL_H_
#define PARLOR_CLIENT_CLI_ENROL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/crypto/certificate.h"
#include "base/crypto/key.h"
#include "base/net/join_link.h"
#include "client/home/account.h"
#include "client/home/home.h"
#include "parlor/auth/v1/auth.pb.h"

namespace parlor::client {

struct Credentials {
  std::string name;
  std::string password;
  std::string invitation;  // for register, while the server asks for one
};

// What `register` and `login` check before they ask for a password: that the home is free for `name`. The
// present account if it is that person's, an empty one if there is none. ALREADY_EXISTS: it is somebody
// else's.
absl::StatusOr<Account> CheckHomeIsFree(const Home& home, absl::string_view name);

// The server that `flag` (or else the present account) names.
absl::StatusOr<JoinLink> ChooseServer(const std::string& flag, const Account& present);

// What a login with a certificate request of `key` brought from the server with this root. INTERNAL: the
// server certified somebody else.
absl::StatusOr<Account> MakeAccount(const JoinLink& server, const Certificate& root, const PrivateKey& key,
                                    const auth::v1::LoginResponse& response);

// The two calls below block for at most 10 s a step, and need the ownership of the home (OwnerLock).

// Makes the account. Nobody is logged in by it.
absl::Status Register(const JoinLink& server, const Credentials& credentials);

// Logs this device in with a fresh key and saves the account. What `present` knows and a login does not bring
// (port) is kept. The name is as the server spells it.
absl::StatusOr<Account> Login(const JoinLink& server, const Credentials& credentials, const Home& home,
                              const Account& present);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_ENROL_H_
