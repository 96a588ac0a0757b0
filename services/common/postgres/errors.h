// What libpqxx throws, as absl::Status.
#ifndef PARLOR_SERVICES_COMMON_POSTGRES_ERRORS_H_
#define PARLOR_SERVICES_COMMON_POSTGRES_ERRORS_H_

#include <exception>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace parlor::service::postgres {

// unique violation: ALREADY_EXISTS. Foreign key, check or not-null violation: FAILED_PRECONDITION.
// Serialization failure, deadlock: ABORTED. Statement timeout, lock timeout: DEADLINE_EXCEEDED. Lost or
// refused connection, server shutting down or starting: UNAVAILABLE. Too many connections, full disk, out of
// memory: RESOURCE_EXHAUSTED. Everything else: INTERNAL.
absl::Status FromException(const std::exception& error);

// `body`, with what it throws turned into a status.
absl::Status Guarded(absl::FunctionRef<absl::Status()> body);

}  // namespace parlor::service::postgres

#endif  // PARLOR_SERVICES_COMMON_POSTGRES_ERRORS_H_
