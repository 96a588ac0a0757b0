#include "services/common/live/postgres/postgres_replica_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "nlohmann/json.hpp"
#include "services/common/live/postgres/live_sql.h"
#include "services/common/live/postgres/seat_batch.h"
#include "services/common/live/postgres/seat_rows.h"
#include "services/common/postgres/migrations.h"

namespace parlor::live {
namespace {

// Small steps: somebody may be waiting for one of these seats. And an end: the lease is not renewed
// meanwhile.
constexpr size_t kPurgedAtOnce = 1'000;
constexpr size_t kPurgedAtMost = 50'000;

absl::Status LeaseRanOut() {
  return absl::FailedPreconditionError("the lease of this replica has run out");
}

service::postgres::PoolOptions OneConnection(const service::postgres::ConnectOptions& connect) {
  service::postgres::PoolOptions pool;
  pool.connect = connect;
  pool.connections = 1;
  return pool;
}

}  // namespace

std::string ChannelOf(const std::string& directory) {
  return absl::StrCat("parlor_live_", directory);
}

absl::StatusOr<std::unique_ptr<PostgresReplicaStore>> PostgresReplicaStore::Open(
    const PostgresStoreOptions& options) {
  PARLOR_RETURN_IF_ERROR(service::postgres::Migrate(options.connect, "live", LiveMigrations()));
  return std::unique_ptr<PostgresReplicaStore>(new PostgresReplicaStore(options));
}

PostgresReplicaStore::PostgresReplicaStore(const PostgresStoreOptions& options)
    : options_(options), pool_(OneConnection(options.connect), LiveStatements()) {}

absl::StatusOr<ReplicaId> PostgresReplicaStore::Register(const std::string& name) {
  ReplicaId id{.name = name};
  const absl::Status done = pool_.TransactionWithRetry([&](pqxx::work& tx) -> absl::Status {
    const pqxx::row row =
        tx.exec_prepared1("live_register", options_.directory, name, absl::ToDoubleSeconds(options_.lease));
    id.incarnation = row[0].as<int64_t>();
    Notify(tx, id, row[1].as<int64_t>());  // the others hear that there is one more
    return absl::OkStatus();
  });
  if (!done.ok()) return done;
  return id;
}

absl::StatusOr<int64_t> PostgresReplicaStore::Lease(pqxx::work& tx, const ReplicaId& self,
                                                    int versions) const {
  const pqxx::result rows = tx.exec_prepared("live_renew", options_.directory, self.name, self.incarnation,
                                             absl::ToDoubleSeconds(options_.lease), versions);
  if (rows.empty()) return LeaseRanOut();
  return rows[0][0].as<int64_t>();
}

absl::Status PostgresReplicaStore::Renew(const ReplicaId& self) {
  return pool_.TransactionWithRetry([&](pqxx::work& tx) { return Lease(tx, self, 0).status(); });
}

void PostgresReplicaStore::Notify(pqxx::work& tx, const ReplicaId& self, int64_t version) const {
  tx.exec_prepared("live_notify", ChannelOf(options_.directory), absl::StrCat(self.name, " ", version));
}

absl::StatusOr<Committed> PostgresReplicaStore::Commit(const ReplicaId& self,
                                                       const std::vector<SeatDecision>& decisions,
                                                       const std::vector<Letter>& letters) {
  nlohmann::json post = nlohmann::json::array();
  for (const Letter& letter : letters) post.push_back({{"r", letter.to}, {"b", letter.body}});
  Committed committed;
  const absl::Status done = pool_.TransactionWithRetry([&](pqxx::work& tx) -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(committed.version, Lease(tx, self, 1));
    SeatBatch batch(&tx, &options_.directory, &decisions);
    batch.Lock();
    committed.outcomes = batch.Decide();
    const bool wrote = batch.Write(self.name, committed.version);
    if (!letters.empty()) tx.exec_prepared("live_send", options_.directory, post.dump(), self.name);
    if (wrote || !letters.empty()) Notify(tx, self, committed.version);
    return absl::OkStatus();
  });
  if (!done.ok()) return done;
  return committed;
}

absl::StatusOr<Adoption> PostgresReplicaStore::Adopt(const ReplicaId& self, bool judge, absl::Time now,
                                                     size_t limit) {
  Adoption adoption;
  const absl::Status done = pool_.TransactionWithRetry([&](pqxx::work& tx) -> absl::Status {
    adoption = Adoption();
    const bool any = tx.exec_prepared1("live_orphans", options_.directory, judge)[0].as<bool>();
    PARLOR_ASSIGN_OR_RETURN(adoption.version, Lease(tx, self, any ? 1 : 0));
    if (!any) return absl::OkStatus();
    adoption.lapsed = tx.exec_prepared("live_see_lapses", options_.directory, judge).affected_rows();
    adoption.seats =
        ReadSeats(tx.exec_prepared("live_adopt", options_.directory, judge, self.name, adoption.version,
                                   absl::ToUnixNanos(now), static_cast<int64_t>(limit)));
    if (!adoption.seats.empty()) Notify(tx, self, adoption.version);
    return absl::OkStatus();
  });
  if (!done.ok()) return done;
  return adoption;
}

// Versions first: what comes after them is in the next news, whether it was read here already or not.
absl::Status PostgresReplicaStore::ReadVersions(pqxx::work& tx, const ReplicaId& self, News& news) const {
  news = News();
  bool valid = false;
  for (const pqxx::row& row : tx.exec_prepared("live_versions", options_.directory)) {
    const auto name = row[0].as<std::string>();
    news.versions[name] = row[2].as<int64_t>();
    if (!row[3].as<bool>()) continue;
    ++news.replicas;
    valid = valid || (name == self.name && row[1].as<int64_t>() == self.incarnation);
  }
  return valid ? absl::OkStatus() : LeaseRanOut();
}

void PostgresReplicaStore::ReceiveLetters(pqxx::work& tx, const ReplicaId& self, News& news) const {
  std::vector<std::pair<int64_t, std::string>> letters;
  for (const pqxx::row& row : tx.exec_prepared("live_receive", options_.directory, self.name)) {
    letters.emplace_back(row[0].as<int64_t>(), row[1].as<std::string>());
  }
  std::sort(letters.begin(), letters.end());
  news.letters.clear();
  for (auto& [id, body] : letters) news.letters.push_back(std::move(body));
}

void PostgresReplicaStore::ReadNews(pqxx::work& tx, const Versions& seen, News& news) const {
  nlohmann::json behind = nlohmann::json::array();
  for (const auto& [name, version] : news.versions) {
    const auto known = seen.find(name);
    const int64_t last = known == seen.end() ? 0 : known->second;
    if (last < version) behind.push_back({{"w", name}, {"v", last}, {"n", version}});
  }
  if (behind.empty()) return;
  news.seats = ReadSeats(tx.exec_prepared("live_news", options_.directory, behind.dump()));
}

absl::StatusOr<News> PostgresReplicaStore::Read(const ReplicaId& self, const Versions& seen) {
  News news;
  const absl::Status done = pool_.TransactionWithRetry([&](pqxx::work& tx) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(ReadVersions(tx, self, news));
    ReadNews(tx, seen, news);
    ReceiveLetters(tx, self, news);
    return absl::OkStatus();
  });
  if (!done.ok()) return done;
  return news;
}

// Each page as of its own moment, none older than the versions: a change that it misses is in the next news.
absl::StatusOr<News> PostgresReplicaStore::ReadAll(const ReplicaId& self, const Versions& seen) {
  News news;
  const absl::Status begun = pool_.TransactionWithRetry([&](pqxx::work& tx) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(ReadVersions(tx, self, news));
    // At first nobody asks how seats became free.
    if (!seen.empty()) ReadNews(tx, seen, news);
    return absl::OkStatus();
  });
  if (!begun.ok()) return begun;
  SeatKey last;  // before all others
  pqxx::result page;
  do {
    PARLOR_RETURN_IF_ERROR(ReadPage(self, last, page));
    for (SeatRecord& seat : ReadSeats(page)) news.seats.push_back(std::move(seat));
    if (!page.empty()) last = {page.back()[0].as<std::string>(), page.back()[1].as<std::string>()};
  } while (static_cast<size_t>(page.size()) == options_.page);
  PARLOR_RETURN_IF_ERROR(pool_.TransactionWithRetry([&](pqxx::work& tx) {
    ReceiveLetters(tx, self, news);
    return absl::OkStatus();
  }));
  return news;
}

absl::Status PostgresReplicaStore::ReadPage(const ReplicaId& self, const SeatKey& last, pqxx::result& page) {
  return pool_.TransactionWithRetry([&](pqxx::work& tx) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(Lease(tx, self, 0).status());
    page = tx.exec_prepared("live_page", options_.directory, last.first, last.second,
                            static_cast<int64_t>(options_.page));
    return absl::OkStatus();
  });
}

absl::Status PostgresReplicaStore::Purge() {
  const double remembered = absl::ToDoubleSeconds(kRemembered);
  size_t purged = kPurgedAtOnce;
  for (size_t all = 0; purged == kPurgedAtOnce && all < kPurgedAtMost; all += purged) {
    PARLOR_RETURN_IF_ERROR(pool_.TransactionWithRetry([&](pqxx::work& tx) {
      purged = tx.exec_prepared("live_purge_seats", remembered, kPurgedAtOnce).affected_rows();
      return absl::OkStatus();
    }));
  }
  return pool_.TransactionWithRetry([&](pqxx::work& tx) {
    tx.exec_prepared("live_purge_replicas", remembered);
    tx.exec_prepared("live_purge_letters");
    return absl::OkStatus();
  });
}

absl::Status PostgresReplicaStore::Leave(const ReplicaId& self) {
  return pool_.Transaction([&](pqxx::work& tx) {
    tx.exec_prepared("live_leave", options_.directory, self.name, self.incarnation);
    return absl::OkStatus();
  });
}

}  // namespace parlor::live
