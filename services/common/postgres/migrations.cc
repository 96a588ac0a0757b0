#include "services/common/postgres/migrations.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "services/common/postgres/errors.h"

namespace parlor::service::postgres {
namespace {

// One lock for all components: they may share the table that remembers versions. The number is arbitrary but
// must not change ("parlor" in ASCII).
constexpr char kTakeLock[] = "SELECT pg_advisory_xact_lock(123563833847666)";
constexpr char kLockTimeout[] = "SET LOCAL lock_timeout = '60s'";
// The migrations of a large table take longer than a request may.
constexpr char kNoStatementTimeout[] = "SET LOCAL statement_timeout = 0";
constexpr char kMakeTable[] =
    "CREATE TABLE IF NOT EXISTS schema_versions ("
    "component text PRIMARY KEY, version integer NOT NULL, migrated_at timestamptz NOT NULL DEFAULT now())";
constexpr char kReadVersion[] = "SELECT version FROM schema_versions WHERE component = $1";
constexpr char kWriteVersion[] =
    "INSERT INTO schema_versions (component, version) VALUES ($1, $2) "
    "ON CONFLICT (component) DO UPDATE SET version = excluded.version, migrated_at = now()";

absl::Status MigrateIn(pqxx::work& tx, const std::string& component,
                       const std::vector<absl::string_view>& steps) {
  tx.exec(kNoStatementTimeout);
  tx.exec(kLockTimeout);
  tx.exec(kTakeLock);
  tx.exec(kMakeTable);
  const pqxx::result rows = tx.exec_params(kReadVersion, component);
  const size_t version = rows.empty() ? 0 : rows[0][0].as<size_t>();
  if (version > steps.size()) {
    return absl::FailedPreconditionError(absl::StrCat("the database's ", component, " tables are of version ",
                                                      version, ", and this program knows only ", steps.size(),
                                                      ": start a newer program"));
  }
  if (version == steps.size()) return absl::OkStatus();
  for (size_t step = version; step < steps.size(); ++step) tx.exec(std::string(steps[step]));
  tx.exec_params(kWriteVersion, component, static_cast<int>(steps.size()));
  return absl::OkStatus();
}

}  // namespace

absl::Status Migrate(const ConnectOptions& options, absl::string_view component,
                     const std::vector<absl::string_view>& steps) {
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<pqxx::connection> connection, Connect(options));
  return Guarded([&] {
    pqxx::work tx(*connection);
    PARLOR_RETURN_IF_ERROR(MigrateIn(tx, std::string(component), steps));
    tx.commit();
    return absl::OkStatus();
  });
}

}  // namespace parlor::service::postgres
