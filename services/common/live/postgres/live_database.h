// Opens the live directory that fits the database that an operator named.
#ifndef PARLOR_SERVICES_COMMON_LIVE_POSTGRES_LIVE_DATABASE_H_
#define PARLOR_SERVICES_COMMON_LIVE_POSTGRES_LIVE_DATABASE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "services/common/live/replicated_directory.h"

namespace parlor::live {

// A directory that all processes share which name the same `database` (postgresql://…) and `directory`
// ("presence"). Its tables are brought to the newest version. The rest is as for ReplicatedDirectory.
absl::StatusOr<std::unique_ptr<ReplicatedDirectory>> OpenReplicatedDirectory(
    const std::string& database, const std::string& directory, const ReplicatedOptions& options,
    const Clock* clock, std::function<void(absl::Duration)> on_commit = nullptr);

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_POSTGRES_LIVE_DATABASE_H_
