#include "services/common/sql/database.h"

#include "absl/strings/numbers.h"
#include "base/status.h"

namespace parlor::service {

int64_t SqlResult::Int(size_t row, size_t column) const {
  int64_t value = 0;
  // The schema says that the column is a number, so it can be read as one.
  (void)absl::SimpleAtoi(rows[row][column], &value);
  return value;
}

absl::StatusOr<SqlResult> SqlDatabase::ReadOne(const SqlStatement& statement,
                                               const std::vector<SqlValue>& values) {
  absl::StatusOr<SqlResult> result;
  PARLOR_RETURN_IF_ERROR(Read([&](SqlTransaction& transaction) {
    result = transaction.Run(statement, values);
    return result.status();
  }));
  return result;
}

}  // namespace parlor::service
