// The `healthcheck` subcommand: asks the admin port of the program's own configuration.
#ifndef PARLOR_SERVICES_COMMON_ADMIN_HEALTHCHECK_H_
#define PARLOR_SERVICES_COMMON_ADMIN_HEALTHCHECK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace parlor::service {

// OK when /readyz at `admin` (HOST:PORT; an unspecified address means loopback) answers 200 within `timeout`.
// UNAVAILABLE when nobody answers, FAILED_PRECONDITION with the failing checks when it is not ready.
absl::Status CheckReady(const std::string& admin, absl::Duration timeout = absl::Seconds(3));

// The same for main: prints the reason to stderr; 0 when ready, else 1.
int RunHealthcheck(const std::string& admin);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_ADMIN_HEALTHCHECK_H_
