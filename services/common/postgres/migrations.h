// Brings a component's tables to the newest version, also when several replicas start at once.
#ifndef PARLOR_SERVICES_COMMON_POSTGRES_MIGRATIONS_H_
#define PARLOR_SERVICES_COMMON_POSTGRES_MIGRATIONS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/common/postgres/pool.h"

namespace parlor::service::postgres {

// `steps[i]` (one or several SQL statements) leads from version i to i + 1 of `component` ("auth"), as table
// schema_versions(component, version) remembers. All missing steps are one transaction, under an advisory
// lock: replicas take turns, and the later ones find nothing to do. FAILED_PRECONDITION for a database of a
// newer version than this program knows; DEADLINE_EXCEEDED when the lock is not free within 60 s.
absl::Status Migrate(const ConnectOptions& options, absl::string_view component,
                     const std::vector<absl::string_view>& steps);

}  // namespace parlor::service::postgres

#endif  // PARLOR_SERVICES_COMMON_POSTGRES_MIGRATIONS_H_
