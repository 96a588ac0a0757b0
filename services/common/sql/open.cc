#include "services/common/sql/open.h"

#include <utility>

namespace parlor::service {

SqlOptions SqlAt(std::string database, int connections, SqlObserver* observer) {
  SqlOptions options;
  options.database = std::move(database);
  options.postgres.connections = connections;
  options.observer = observer;
  return options;
}

absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenSql(const SqlOptions& options, const SqlSchema& schema) {
  absl::StatusOr<std::unique_ptr<SqlDatabase>> database =
      postgres::IsUri(options.database) ? OpenPostgres(options, schema) : OpenSqlite(options, schema);
  if (!database.ok() || options.observer == nullptr) return database;
  return Observed(*std::move(database), options.observer);
}

}  // namespace parlor::service
