// What libpqxx throws, as absl::Status. The message is for the person who asked; what PostgreSQL said is a
// payload, which absl::Status::ToString() shows, so that logs have it.
#ifndef PARLOR_SERVICES_COMMON_POSTGRES_ERRORS_H_
#define PARLOR_SERVICES_COMMON_POSTGRES_ERRORS_H_

#include <exception>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parlor::service::postgres {

inline constexpr char kDetailPayload[] = "parlor/postgres";

// Unique violation: ALREADY_EXISTS. Foreign key, check or not-null violation: FAILED_PRECONDITION.
// Serialization failure, deadlock: ABORTED. Statement timeout, lock timeout: DEADLINE_EXCEEDED. Lost or
// refused connection, server shutting down or starting: UNAVAILABLE (lost during COMMIT: the message says
// that it may have happened). Too many connections, full disk, out of memory: RESOURCE_EXHAUSTED. Text that
// PostgreSQL cannot hold: INVALID_ARGUMENT. Everything else: INTERNAL.
absl::Status FromException(const std::exception& error);

// UNAVAILABLE, for an error on a connection that turned out to be broken.
absl::Status ConnectionLost(absl::string_view detail);

// `body`, with what it throws turned into a status.
absl::Status Guarded(absl::FunctionRef<absl::Status()> body);

}  // namespace parlor::service::postgres

#endif  // PARLOR_SERVICES_COMMON_POSTGRES_ERRORS_H_
