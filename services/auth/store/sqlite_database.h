// SqlDatabase on SQLite.
#ifndef PARLOR_SERVICES_AUTH_STORE_SQLITE_DATABASE_H_
#define PARLOR_SERVICES_AUTH_STORE_SQLITE_DATABASE_H_

#include <filesystem>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/sqlite/database.h"
#include "services/auth/store/sql.h"

namespace parlor::auth {

// One connection, on which callers take turns: commits are 0.1 ms, and SQLite has one writer anyway. Other
// processes may use the file at the same time (admin commands). `migrations` as in sqlite::Migrate.
absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenSqlite(const std::filesystem::path& path,
                                                        const sqlite::Options& options,
                                                        const std::vector<absl::string_view>& migrations);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_STORE_SQLITE_DATABASE_H_
