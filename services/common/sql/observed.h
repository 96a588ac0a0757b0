// A database whose work is measured by somebody (services/common/metrics/database_metrics.h).
#ifndef PARLOR_SERVICES_COMMON_SQL_OBSERVED_H_
#define PARLOR_SERVICES_COMMON_SQL_OBSERVED_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/common/sql/database.h"

namespace parlor::service {

enum class SqlOperation { kRead, kWrite, kPing };
inline constexpr size_t kSqlOperations = 3;

// Thread-safe.
class SqlObserver {
 public:
  virtual ~SqlObserver() = default;

  // May be asked for its load until it ends.
  virtual void OnOpened(std::weak_ptr<const SqlDatabase> database) = 0;

  // One call came to its end, with waiting for a connection and all repetitions. `fault` is the database's
  // own: it is OK for what a store decided, such as NOT_FOUND, and for a key that is taken.
  virtual void OnDone(SqlOperation operation, absl::Duration took, const absl::Status& fault) = 0;
};

// `database`, watched. `observer` outlives it.
std::unique_ptr<SqlDatabase> Observed(std::unique_ptr<SqlDatabase> database, SqlObserver* observer);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_SQL_OBSERVED_H_
