// Early returns for absl::Status and absl::StatusOr.
#ifndef PARLOR_BASE_STATUS_H_
#define PARLOR_BASE_STATUS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define PARLOR_CONCAT_INNER(a, b) a##b
#define PARLOR_CONCAT(a, b) PARLOR_CONCAT_INNER(a, b)

// PARLOR_RETURN_IF_ERROR(expr): returns the status of `expr` from this function unless it is OK.
#define PARLOR_RETURN_IF_ERROR(expr)                                \
  do {                                                              \
    if (absl::Status parlor_status = (expr); !parlor_status.ok()) { \
      return parlor_status;                                         \
    }                                                               \
  } while (false)

// PARLOR_ASSIGN_OR_RETURN(lhs, expr): lhs = *expr, or returns expr's status.
#define PARLOR_ASSIGN_OR_RETURN(lhs, expr) \
  PARLOR_ASSIGN_OR_RETURN_IMPL(PARLOR_CONCAT(parlor_or_, __LINE__), lhs, expr)
#define PARLOR_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                                 \
  if (!tmp.ok()) return std::move(tmp).status();     \
  lhs = *std::move(tmp)

#endif  // PARLOR_BASE_STATUS_H_
