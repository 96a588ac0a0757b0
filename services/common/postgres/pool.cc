#include "services/common/postgres/pool.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "services/common/postgres/errors.h"

namespace parlor::service::postgres {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(5);

// `name=value` for libpq, unless whoever wrote the URI said otherwise. Values here need no quoting.
void AddParameter(std::string& uri, absl::string_view name, int64_t value) {
  if (absl::StrContains(uri, absl::StrCat(name, "="))) return;
  const char* separator = !IsUri(uri) ? " " : absl::StrContains(uri, "?") ? "&" : "?";
  absl::StrAppend(&uri, separator, name, "=", value);
}

std::string WithParameters(const ConnectOptions& options) {
  std::string uri = options.uri;
  AddParameter(uri, "connect_timeout", std::max<int64_t>(2, absl::ToInt64Seconds(options.connect_timeout)));
  AddParameter(uri, "keepalives_idle", 5);
  AddParameter(uri, "keepalives_interval", 5);
  AddParameter(uri, "keepalives_count", 2);
  AddParameter(uri, "tcp_user_timeout", 15'000);
  return uri;
}

// An idle connection has nothing to read; if there is something, it is the server's farewell.
bool HasFarewell(const pqxx::connection& connection) {
  pollfd descriptor{connection.sock(), POLLIN, 0};
  return ::poll(&descriptor, 1, 0) != 0;
}

}  // namespace

bool IsUri(absl::string_view database) {
  return absl::StartsWith(database, "postgresql://") || absl::StartsWith(database, "postgres://");
}

absl::StatusOr<std::unique_ptr<pqxx::connection>> Connect(const ConnectOptions& options) {
  std::unique_ptr<pqxx::connection> connection;
  PARLOR_RETURN_IF_ERROR(Guarded([&] {
    connection = std::make_unique<pqxx::connection>(WithParameters(options));
    connection->set_variable("statement_timeout",
                             std::to_string(absl::ToInt64Milliseconds(options.statement_timeout)));
    connection->set_variable("application_name", connection->quote(options.application));
    connection->set_variable("client_min_messages", "warning");
    return absl::OkStatus();
  }));
  return connection;
}

// A connection for the time of one call.
class Pool::Lease {
 public:
  Lease(Pool* pool, Connection connection) : pool_(pool), connection_(std::move(connection)) {}
  ~Lease() {
    pool_->TakeBack(connection_.get());
    if (!connection_->is_open()) connection_ = nullptr;
    pool_->Release(std::move(connection_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // Runs `body` with what it throws turned into a status.
  absl::Status Use(absl::FunctionRef<absl::Status(pqxx::connection&)> body) {
    absl::Status status = Guarded([&] { return body(*connection_); });
    const bool lost = !status.ok() && !connection_->is_open();
    if (lost && !absl::IsUnavailable(status)) return ConnectionLost(status.ToString());
    return status;
  }

 private:
  Pool* const pool_;
  Connection connection_;
};

Pool::Pool(PoolOptions options, std::vector<Prepared> statements)
    : options_(std::move(options)), statements_(std::move(statements)) {}

Pool::~Pool() = default;

absl::Status Pool::Transaction(Body body) {
  PARLOR_ASSIGN_OR_RETURN(Connection connection, Acquire());
  return Lease(this, std::move(connection)).Use([&](pqxx::connection& lent) -> absl::Status {
    pqxx::work tx(lent);
    PARLOR_RETURN_IF_ERROR(body(tx));
    tx.commit();
    return absl::OkStatus();
  });
}

absl::Status Pool::TransactionWithRetry(Body body) {
  absl::BitGen random;
  absl::Duration pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    absl::Status status = Transaction(body);
    if (!absl::IsAborted(status) || attempt >= options_.attempts) return status;
    absl::SleepFor(pause * absl::Uniform(random, 0.5, 1.5));
    pause *= 2;
  }
}

absl::Status Pool::Run(Statement statement) {
  PARLOR_ASSIGN_OR_RETURN(Connection connection, Acquire());
  return Lease(this, std::move(connection)).Use([&](pqxx::connection& lent) {
    pqxx::nontransaction tx(lent);
    return statement(tx);
  });
}

absl::Status Pool::Ping() {
  return Run([](pqxx::nontransaction& tx) {
    tx.exec("SELECT 1");
    return absl::OkStatus();
  });
}

int Pool::in_use() const {
  absl::MutexLock lock(&mutex_);
  return in_use_;
}

int Pool::waiting() const {
  absl::MutexLock lock(&mutex_);
  return waiting_;
}

absl::StatusOr<Pool::Connection> Pool::Acquire() {
  PARLOR_ASSIGN_OR_RETURN(Connection connection, TakeIdle());
  if (connection == nullptr || HasFarewell(*connection)) {
    absl::StatusOr<Connection> fresh = Open();
    if (!fresh.ok()) {
      Release(nullptr);
      return fresh;
    }
    connection = *std::move(fresh);
  }
  if (const absl::Status lent = Lend(connection.get()); !lent.ok()) {
    Release(nullptr);
    return lent;
  }
  return connection;
}

absl::StatusOr<Pool::Connection> Pool::TakeIdle() {
  absl::MutexLock lock(&mutex_);
  ++waiting_;
  const bool may =
      mutex_.AwaitWithTimeout(absl::Condition(this, &Pool::MayAcquire), options_.acquire_timeout);
  --waiting_;
  if (!may) {
    return absl::ResourceExhaustedError(
        absl::StrCat("all ", options_.connections, " database connections are busy: try again"));
  }
  ++in_use_;
  if (idle_.empty()) return nullptr;
  Connection connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

absl::Status Pool::Lend(const pqxx::connection* connection) {
  absl::MutexLock lock(&mutex_);
  if (cut_) return absl::UnavailableError("this process is about to end");
  lent_.insert(connection);
  return absl::OkStatus();
}

void Pool::TakeBack(const pqxx::connection* connection) {
  absl::MutexLock lock(&mutex_);
  lent_.erase(connection);
}

void Pool::Release(Connection connection) {
  absl::MutexLock lock(&mutex_);
  --in_use_;
  if (connection != nullptr) idle_.push_back(std::move(connection));
}

void Pool::Cut() {
  absl::MutexLock lock(&mutex_);
  cut_ = true;
  // The thread that reads from it sees its end, as if the server had closed it.
  for (const pqxx::connection* connection : lent_) ::shutdown(connection->sock(), SHUT_RDWR);
}

absl::StatusOr<Pool::Connection> Pool::Open() const {
  PARLOR_ASSIGN_OR_RETURN(Connection connection, Connect(options_.connect));
  PARLOR_RETURN_IF_ERROR(Guarded([&] {
    for (const Prepared& statement : statements_) connection->prepare(statement.name, statement.sql);
    return absl::OkStatus();
  }));
  return connection;
}

}  // namespace parlor::service::postgres
