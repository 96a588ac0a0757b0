#include "services/auth/store/open_store.h"

#include <utility>

#include "absl/strings/match.h"
#include "base/status.h"
#include "services/auth/store/account_sql.h"
#include "services/auth/store/postgres_database.h"
#include "services/auth/store/sql_account_store.h"
#include "services/auth/store/sqlite_database.h"

namespace parlor::auth {

bool IsPostgresUri(absl::string_view database) {
  return absl::StartsWith(database, "postgresql://") || absl::StartsWith(database, "postgres://");
}

absl::StatusOr<std::unique_ptr<AccountStore>> OpenAccountStore(const std::string& database, int connections) {
  if (!IsPostgresUri(database)) return OpenSqliteAccountStore(database);
  service::postgres::PoolOptions options;
  options.connect.uri = database;
  options.connect.application = "parlor-auth";
  options.connections = connections;
  return OpenPostgresAccountStore(options);
}

absl::StatusOr<std::unique_ptr<AccountStore>> OpenSqliteAccountStore(const std::filesystem::path& path,
                                                                     const sqlite::Options& options) {
  PARLOR_ASSIGN_OR_RETURN(std::unique_ptr<SqlDatabase> database,
                          OpenSqlite(path, options, sql::Migrations()));
  return std::make_unique<SqlAccountStore>(std::move(database));
}

absl::StatusOr<std::unique_ptr<AccountStore>> OpenPostgresAccountStore(
    const service::postgres::PoolOptions& options) {
  PARLOR_ASSIGN_OR_RETURN(std::unique_ptr<SqlDatabase> database,
                          OpenPostgres(options, "auth", sql::Migrations(), sql::AllStatements()));
  return std::make_unique<SqlAccountStore>(std::move(database));
}

}  // namespace parlor::auth
