#include "services/common/sql/open.h"

#include <utility>

namespace parlor::service {

SqlOptions SqlAt(std::string database, int connections) {
  SqlOptions options;
  options.database = std::move(database);
  options.postgres.connections = connections;
  return options;
}

absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenSql(const SqlOptions& options, const SqlSchema& schema) {
  return postgres::IsUri(options.database) ? OpenPostgres(options, schema) : OpenSqlite(options, schema);
}

}  // namespace parlor::service
