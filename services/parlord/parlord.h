// All services in one process, on embedded storage.
#ifndef PARLOR_SERVICES_PARLORD_PARLORD_H_
#define PARLOR_SERVICES_PARLORD_PARLORD_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/common/trust.h"
#include "services/parlord/parlord_settings.h"

namespace parlor::parlord {

// Serves until SIGTERM or SIGINT, then drains. `settings` are complete (Complete()). Prints the join link to
// standard output once everything answers.
absl::Status Serve(ParlordSettings& settings);

// Opens or makes the trust in the data directory, and sets what auth takes from it.
// What the server shows comes back.
absl::StatusOr<service::ServiceTls> OpenTrustFor(ParlordSettings& settings);

// For `parlord healthcheck`: the admin port of the parlord that runs on this data directory.
std::string AdminAddressOf(const ParlordSettings& settings);

}  // namespace parlor::parlord

#endif  // PARLOR_SERVICES_PARLORD_PARLORD_H_
