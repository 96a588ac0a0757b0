#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/mutex.h"
#include "base/status.h"
#include "services/common/sql/open.h"
#include "spdlog/spdlog.h"

namespace parlor::service {
namespace {

void BindValue(sqlite::Statement& statement, int index, const SqlValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    statement.Bind(index, *number);
  } else {
    statement.BindText(index, std::get<std::string>(value));
  }
}

// SQLite's words name files, and advise whoever runs the server: they go to the log, and people are told what
// they can do. What the stores tell apart by its code stays as it is; so does what is answered without its
// words.
absl::Status ForPeople(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kResourceExhausted:
      spdlog::error("{}", std::string(status.message()));
      return absl::ResourceExhaustedError(
          "the server's disk is full: tell whoever runs the server, and try again later");
    case absl::StatusCode::kUnavailable:
      spdlog::warn("{}", std::string(status.message()));
      return absl::UnavailableError("the database is in use by another program: try again");
    case absl::StatusCode::kPermissionDenied:
      return absl::InternalError(status.message());
    default:
      return status;
  }
}

class SqliteTransaction final : public SqlTransaction {
 public:
  explicit SqliteTransaction(sqlite::Database* database) : database_(database) {}

  absl::StatusOr<SqlResult> Run(const SqlStatement& sql, const std::vector<SqlValue>& values) override {
    absl::StatusOr<SqlResult> result = RunHere(sql, values);
    if (!result.ok()) return ForPeople(result.status());
    return result;
  }

  // Writing transactions exclude each other as they are.
  absl::Status Lock(absl::string_view /*name*/) override { return absl::OkStatus(); }

 private:
  absl::StatusOr<SqlResult> RunHere(const SqlStatement& sql, const std::vector<SqlValue>& values) {
    PARLOR_ASSIGN_OR_RETURN(sqlite::Statement statement, database_->Prepare(sql.text));
    int index = 0;
    for (const SqlValue& value : values) BindValue(statement, ++index, value);
    SqlResult result;
    while (true) {
      PARLOR_ASSIGN_OR_RETURN(const bool row, statement.Step());
      if (!row) break;
      std::vector<std::string>& columns = result.rows.emplace_back();
      for (int column = 0; column < sql.columns; ++column) columns.push_back(statement.Text(column));
    }
    result.changes = database_->changes();
    return result;
  }

  sqlite::Database* const database_;
};

class SqliteDatabase final : public SqlDatabase {
 public:
  explicit SqliteDatabase(sqlite::Database database) : database_(std::move(database)) {}

  absl::Status Read(Body body) override {
    const Caller caller(&callers_);
    absl::MutexLock lock(&mutex_);
    SqliteTransaction transaction(&database_);
    return body(transaction);
  }

  absl::Status Write(Body body) override {
    const Caller caller(&callers_);
    absl::MutexLock lock(&mutex_);
    SqliteTransaction transaction(&database_);
    absl::Status said;
    const absl::Status status = database_.Transaction([&] { return said = body(transaction); });
    return said.ok() ? ForPeople(status) : status;  // what the body says is not SQLite's
  }

  absl::Status Ping() override {
    constexpr SqlStatement kPing = {"ping", "SELECT 1", 1};
    return ReadOne(kPing, {}).status();
  }

  SqlLoad load() const override {
    const int callers = callers_;
    return {.connections = 1, .in_use = std::min(callers, 1), .waiting = std::max(callers - 1, 0)};
  }

 private:
  // Whoever has the connection, or waits for it.
  class Caller {
   public:
    explicit Caller(std::atomic<int>* callers) : callers_(callers) { ++*callers_; }
    ~Caller() { --*callers_; }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

   private:
    std::atomic<int>* const callers_;
  };

  std::atomic<int> callers_{0};
  absl::Mutex mutex_;
  sqlite::Database database_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenSqlite(const SqlOptions& options, const SqlSchema& schema) {
  std::vector<std::string> steps;
  for (const absl::string_view step : schema.steps) {
    steps.push_back(absl::StrReplaceAll(step, {{R"(COLLATE "C")", ""}}));
  }
  PARLOR_ASSIGN_OR_RETURN(sqlite::Database database,
                          sqlite::Database::Open(options.database, options.sqlite));
  PARLOR_RETURN_IF_ERROR(sqlite::Migrate(database, {steps.begin(), steps.end()}));
  return std::make_unique<SqliteDatabase>(std::move(database));
}

}  // namespace parlor::service
