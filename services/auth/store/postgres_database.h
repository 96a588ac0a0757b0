// SqlDatabase on PostgreSQL.
#ifndef PARLOR_SERVICES_AUTH_STORE_POSTGRES_DATABASE_H_
#define PARLOR_SERVICES_AUTH_STORE_POSTGRES_DATABASE_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/auth/store/sql.h"
#include "services/common/postgres/pool.h"

namespace parlor::auth {

// As many calls at a time as the pool has connections; reconnects by itself. `statements` are all that will
// ever run. Brings the schema of `component` to the newest version first, as postgres::Migrate.
absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenPostgres(const service::postgres::PoolOptions& options,
                                                          absl::string_view component,
                                                          const std::vector<absl::string_view>& migrations,
                                                          const std::vector<SqlStatement>& statements);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_STORE_POSTGRES_DATABASE_H_
