// Opens the account store on either database.
#ifndef PARLOR_SERVICES_AUTH_STORE_OPEN_STORE_H_
#define PARLOR_SERVICES_AUTH_STORE_OPEN_STORE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "services/auth/store/account_store.h"
#include "services/common/sql/open.h"

namespace parlor::auth {

// What SqlOptions allows goes for the store: PostgreSQL serves any number of replicas, SQLite one.
absl::StatusOr<std::unique_ptr<AccountStore>> OpenAccountStore(const service::SqlOptions& options);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_STORE_OPEN_STORE_H_
