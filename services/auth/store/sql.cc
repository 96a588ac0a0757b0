#include "services/auth/store/sql.h"

#include "absl/strings/numbers.h"

namespace parlor::auth {

int64_t SqlResult::Int(size_t row, size_t column) const {
  int64_t value = 0;
  // The schema says that the column is a number, so it can be read as one.
  (void)absl::SimpleAtoi(rows[row][column], &value);
  return value;
}

}  // namespace parlor::auth
