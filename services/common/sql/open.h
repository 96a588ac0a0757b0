// Opens the database that an operator named, its schema brought to the newest version first.
#ifndef PARLOR_SERVICES_COMMON_SQL_OPEN_H_
#define PARLOR_SERVICES_COMMON_SQL_OPEN_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/sqlite/database.h"
#include "services/common/postgres/pool.h"
#include "services/common/sql/database.h"
#include "services/common/sql/observed.h"

namespace parlor::service {

// What one component keeps. Schemas are written once, in words that both databases take: types are TEXT and
// BIGINT. COLLATE "C", which makes PostgreSQL compare text as bytes, is left out for SQLite, which does so
// anyway.
struct SqlSchema {
  const char* component;                 // "auth": PostgreSQL remembers versions by it, and shows who asks
  std::vector<absl::string_view> steps;  // step i leads from version i to i + 1; never changed once released
  std::vector<SqlStatement> statements;  // all that will ever run
};

struct SqlOptions {
  std::string database;  // "postgresql://…" (or "postgres://…"), else the path of an SQLite file
  postgres::PoolOptions postgres = {};  // for PostgreSQL; its URI and application are set here
  sqlite::Options sqlite = {};          // for SQLite
  SqlObserver* observer = nullptr;      // outlives the database; null: nobody measures
};

// The defaults, with as many connections to PostgreSQL.
SqlOptions SqlAt(std::string database, int connections, SqlObserver* observer = nullptr);

// PostgreSQL: for any number of replicas, which may start at once; serves as many calls at a time as the pool
// has connections, and reconnects by itself.
//
// SQLite: for one server process; others may use the file beside it (admin commands). One connection, on
// which callers take turns: a commit takes 0.1 ms, and SQLite has one writer anyway.
//
// FAILED_PRECONDITION for a database of a newer version than this program knows.
absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenSql(const SqlOptions& options, const SqlSchema& schema);

// The two halves of OpenSql.
absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenPostgres(const SqlOptions& options, const SqlSchema& schema);
absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenSqlite(const SqlOptions& options, const SqlSchema& schema);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_SQL_OPEN_H_
