#include "services/common/live/postgres/live_database.h"

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "services/common/live/postgres/postgres_doorbell.h"
#include "services/common/live/postgres/postgres_replica_store.h"

namespace parlor::live {
namespace {

ReplicatedOptions Replicated(const DirectoryOptions& options) {
  ReplicatedOptions replicated;
  replicated.replica.grace = options.grace;
  replicated.replica.max_seats = options.max_seats;
  replicated.max_waiting_callbacks = options.max_waiting_callbacks;
  return replicated;
}

}  // namespace

absl::StatusOr<std::shared_ptr<Directory>> OpenDirectory(const LiveOptions& options, const Clock* clock) {
  if (!service::postgres::IsUri(options.database)) {
    return std::make_shared<InProcessDirectory>(options.directory);
  }
  const ReplicatedOptions replicated = Replicated(options.directory);
  PostgresStoreOptions store_options;
  store_options.connect.uri = options.database;
  store_options.connect.application = absl::StrCat("parlor-", options.name, "-live");
  store_options.directory = options.name;
  store_options.lease = replicated.replica.lease;
  PARLOR_ASSIGN_OR_RETURN(auto store, PostgresReplicaStore::Open(store_options));
  auto doorbell = std::make_unique<PostgresDoorbell>(store_options.connect, ChannelOf(options.name));
  LiveObserver* const observer = options.observer;
  std::function<void(absl::Duration)> on_commit;
  if (observer != nullptr) on_commit = [observer](absl::Duration took) { observer->OnCommit(took); };
  auto directory = std::make_shared<ReplicatedDirectory>(replicated, clock, std::move(store),
                                                         std::move(doorbell), std::move(on_commit));
  if (observer != nullptr) observer->Watch(directory);
  return directory;
}

}  // namespace parlor::live
