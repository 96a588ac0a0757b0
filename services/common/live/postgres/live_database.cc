#include "services/common/live/postgres/live_database.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "services/common/live/postgres/postgres_doorbell.h"
#include "services/common/live/postgres/postgres_replica_store.h"

namespace parlor::live {

absl::StatusOr<std::unique_ptr<ReplicatedDirectory>> OpenReplicatedDirectory(
    const std::string& database, const std::string& directory, const ReplicatedOptions& options,
    const Clock* clock, std::function<void(absl::Duration)> on_commit) {
  PostgresStoreOptions store_options;
  store_options.connect.uri = database;
  store_options.connect.application = absl::StrCat("parlor-", directory, "-live");
  store_options.directory = directory;
  store_options.lease = options.replica.lease;
  PARLOR_ASSIGN_OR_RETURN(auto store, PostgresReplicaStore::Open(store_options));
  auto doorbell = std::make_unique<PostgresDoorbell>(store_options.connect, ChannelOf(directory));
  return std::make_unique<ReplicatedDirectory>(options, clock, std::move(store), std::move(doorbell),
                                               std::move(on_commit));
}

}  // namespace parlor::live
