// A bounded number of connections to PostgreSQL (libpqxx), with errors as values.
//
//   absl::Status status = pool.Transaction([&](pqxx::work& tx) -> absl::Status {
//     const pqxx::result rows = tx.exec_prepared("account_by_name", name);
//     if (rows.empty()) return absl::NotFoundError("no such account");
//     account = Read(rows[0]);
//     return absl::OkStatus();
//   });
#ifndef PARLOR_SERVICES_COMMON_POSTGRES_POOL_H_
#define PARLOR_SERVICES_COMMON_POSTGRES_POOL_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pqxx/pqxx"

namespace parlor::service::postgres {

struct ConnectOptions {
  std::string uri = {};  // "postgresql://user:password@host:port/database", or "key=value …"
  absl::Duration connect_timeout = absl::Seconds(3);    // whole seconds, at least 2 (libpq)
  absl::Duration statement_timeout = absl::Seconds(5);  // the server ends a statement that takes longer
  std::string application = "parlor";                   // shown in pg_stat_activity
};

// True for "postgresql://…" and "postgres://…".
bool IsUri(absl::string_view database);

// A statement that each connection prepares once, at its first use there.
struct Prepared {
  std::string name;
  std::string sql;
};

// A connection outside the pool: for LISTEN, or for what lasts long. Keepalives are set, so that a peer that
// vanished is noticed within 15 s. UNAVAILABLE when the server cannot be reached.
absl::StatusOr<std::unique_ptr<pqxx::connection>> Connect(const ConnectOptions& options);

struct PoolOptions {
  ConnectOptions connect;
  int connections = 8;  // made when needed; PostgreSQL allows 100 in all by default
  // How long a caller waits for a free connection. Callers are threads of a BlockingPool, which is bounded.
  absl::Duration acquire_timeout = absl::Seconds(2);
  int attempts = 5;  // of TransactionWithRetry
};

// Thread-safe. Every call blocks: never call it on a gRPC thread.
class Pool {
 public:
  // Connects at the first use.
  Pool(PoolOptions options, std::vector<Prepared> statements);
  // All calls have returned.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  using Body = absl::FunctionRef<absl::Status(pqxx::work&)>;
  using Statement = absl::FunctionRef<absl::Status(pqxx::nontransaction&)>;

  // BEGIN; `body`; COMMIT, or ROLLBACK when `body` returns an error or throws. Exceptions of libpqxx become
  // statuses (postgres/errors.h). A broken connection is replaced at the next use. UNAVAILABLE from a COMMIT
  // whose answer was lost says that it may have happened.
  absl::Status Transaction(Body body);

  // The same, again while the answer is ABORTED (serialization failure, deadlock), after a random pause that
  // doubles from 5 ms. `body` must have no effect but on the database.
  absl::Status TransactionWithRetry(Body body);

  // One statement that is its own transaction: saves the round trips of BEGIN and COMMIT.
  absl::Status Run(Statement statement);

  // Ends calls that are under way, whatever the server does (one that connects still takes up to
  // ConnectOptions::connect_timeout), and refuses later ones: UNAVAILABLE.
  void Cut();

  // OK when the database answers: for Readiness.
  absl::Status Ping();

  int in_use() const;
  int waiting() const;  // callers that wait for a connection
  const PoolOptions& options() const { return options_; }

 private:
  class Lease;
  using Connection = std::unique_ptr<pqxx::connection>;

  absl::StatusOr<Connection> Acquire();
  absl::StatusOr<Connection> TakeIdle();  // null: there is none
  absl::Status Lend(const pqxx::connection* connection);
  void TakeBack(const pqxx::connection* connection);  // before it may be destroyed
  void Release(Connection connection);                // null: it broke
  absl::StatusOr<Connection> Open() const;
  bool MayAcquire() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return in_use_ < options_.connections; }

  const PoolOptions options_;
  const std::vector<Prepared> statements_;

  mutable absl::Mutex mutex_;
  std::vector<Connection> idle_ ABSL_GUARDED_BY(mutex_);
  std::set<const pqxx::connection*> lent_ ABSL_GUARDED_BY(mutex_);
  bool cut_ ABSL_GUARDED_BY(mutex_) = false;
  int in_use_ ABSL_GUARDED_BY(mutex_) = 0;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace parlor::service::postgres

#endif  // PARLOR_SERVICES_COMMON_POSTGRES_POOL_H_
