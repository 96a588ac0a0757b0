// What replicas share, in PostgreSQL. One connection, made when it is needed.
#ifndef PARLOR_SERVICES_COMMON_LIVE_POSTGRES_POSTGRES_REPLICA_STORE_H_
#define PARLOR_SERVICES_COMMON_LIVE_POSTGRES_POSTGRES_REPLICA_STORE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/common/live/replica_store.h"
#include "services/common/postgres/pool.h"

namespace parlor::live {

struct PostgresStoreOptions {
  service::postgres::ConnectOptions connect;
  std::string directory;  // "presence": directories of different names do not see each other
  absl::Duration lease = absl::Seconds(10);
  // Seats of a snapshot that are read by one statement, which has ConnectOptions::statement_timeout to be
  // sent: 7 MB in 5 s.
  size_t page = 10'000;
};

// Where writes are announced (LISTEN): "<replica> <version>". A directory's name is an SQL identifier.
std::string ChannelOf(const std::string& directory);

class PostgresReplicaStore final : public ReplicaStore {
 public:
  // Brings the tables to the newest version. UNAVAILABLE when the database cannot be reached,
  // FAILED_PRECONDITION when it is of a newer version than this program knows.
  static absl::StatusOr<std::unique_ptr<PostgresReplicaStore>> Open(const PostgresStoreOptions& options);

  absl::StatusOr<ReplicaId> Register(const std::string& name) override;
  absl::Status Renew(const ReplicaId& self) override;
  absl::StatusOr<Committed> Commit(const ReplicaId& self, const std::vector<SeatDecision>& decisions,
                                   const std::vector<Letter>& letters) override;
  absl::StatusOr<Adoption> Adopt(const ReplicaId& self, bool judge, absl::Time now, size_t limit) override;
  absl::StatusOr<News> Read(const ReplicaId& self, const Versions& seen) override;
  // In pages, and renews the lease with each: it may take longer than a lease.
  absl::StatusOr<News> ReadAll(const ReplicaId& self, const Versions& seen) override;
  absl::Status Purge() override;
  absl::Status Leave(const ReplicaId& self) override;
  void GiveUp() override { pool_.Cut(); }

 private:
  using SeatKey = std::pair<std::string, std::string>;  // scope, user

  explicit PostgresReplicaStore(const PostgresStoreOptions& options);

  // Renews the lease and takes `versions` new versions; FAILED_PRECONDITION when it has run out.
  absl::StatusOr<int64_t> Lease(pqxx::work& tx, const ReplicaId& self, int versions) const;
  absl::Status ReadVersions(pqxx::work& tx, const ReplicaId& self, News& news) const;
  void ReadNews(pqxx::work& tx, const Versions& seen, News& news) const;
  absl::Status ReadPage(const ReplicaId& self, const SeatKey& last, pqxx::result& page);  // what follows it
  void ReceiveLetters(pqxx::work& tx, const ReplicaId& self, News& news) const;
  void Notify(pqxx::work& tx, const ReplicaId& self, int64_t version) const;

  const PostgresStoreOptions options_;
  service::postgres::Pool pool_;
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_POSTGRES_POSTGRES_REPLICA_STORE_H_
