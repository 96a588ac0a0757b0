// Opens the account store on either database, its schema brought to the newest version first.
#ifndef PARLOR_SERVICES_AUTH_STORE_OPEN_STORE_H_
#define PARLOR_SERVICES_AUTH_STORE_OPEN_STORE_H_

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/sqlite/database.h"
#include "services/auth/store/account_store.h"
#include "services/common/postgres/pool.h"

namespace parlor::auth {

// `database` is a "postgresql://…" (or "postgres://…") URI, else the path of an SQLite file. `connections` is
// for PostgreSQL.
absl::StatusOr<std::unique_ptr<AccountStore>> OpenAccountStore(const std::string& database, int connections);
bool IsPostgresUri(absl::string_view database);

// For one server process; admin commands may use the file beside it.
absl::StatusOr<std::unique_ptr<AccountStore>> OpenSqliteAccountStore(const std::filesystem::path& path,
                                                                     const sqlite::Options& options = {});

// For any number of replicas, which may start at once.
absl::StatusOr<std::unique_ptr<AccountStore>> OpenPostgresAccountStore(
    const service::postgres::PoolOptions& options);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_STORE_OPEN_STORE_H_
