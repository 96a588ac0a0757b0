// The account on disk: 0600, replaced as a whole.
#ifndef PARLOR_CLIENT_HOME_ACCOUNT_FILE_H_
#define PARLOR_CLIENT_HOME_ACCOUNT_FILE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/home/account.h"
#include "client/home/home.h"

namespace parlor::client {

// NOT_FOUND: nobody is logged in here. DATA_LOSS, FAILED_PRECONDITION: see AccountFromJson. Each message says
// what to do.
absl::StatusOr<Account> LoadAccount(const Home& home);

// The owner only. The old or the new account is there, also after a crash: a rotated refresh token is saved
// before it is used. RESOURCE_EXHAUSTED: the disk is full, the old one is kept.
absl::Status SaveAccount(const Home& home, const Account& account);

// At logout. OK if there is none.
absl::Status RemoveAccount(const Home& home);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_HOME_ACCOUNT_FILE_H_
