#include "services/auth/store/sqlite_database.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/status.h"

namespace parlor::auth {
namespace {

void BindValue(sqlite::Statement& statement, int index, const SqlValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    statement.Bind(index, *number);
  } else {
    statement.BindText(index, std::get<std::string>(value));
  }
}

class SqliteTransaction final : public SqlTransaction {
 public:
  explicit SqliteTransaction(sqlite::Database* database) : database_(database) {}

  absl::StatusOr<SqlResult> Run(const SqlStatement& sql, const std::vector<SqlValue>& values) override {
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

 private:
  sqlite::Database* const database_;
};

class SqliteDatabase final : public SqlDatabase {
 public:
  explicit SqliteDatabase(sqlite::Database database) : database_(std::move(database)) {}

  absl::Status Read(Body body) override {
    absl::MutexLock lock(&mutex_);
    SqliteTransaction transaction(&database_);
    return body(transaction);
  }

  absl::Status Write(Body body) override {
    absl::MutexLock lock(&mutex_);
    SqliteTransaction transaction(&database_);
    return database_.Transaction([&] { return body(transaction); });
  }

  absl::Status Ping() override {
    constexpr SqlStatement kPing = {"ping", "SELECT 1", 1};
    return Read([&kPing](SqlTransaction& tx) { return tx.Run(kPing, {}).status(); });
  }

 private:
  absl::Mutex mutex_;
  sqlite::Database database_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenSqlite(const std::filesystem::path& path,
                                                        const sqlite::Options& options,
                                                        const std::vector<absl::string_view>& migrations) {
  PARLOR_ASSIGN_OR_RETURN(sqlite::Database database, sqlite::Database::Open(path, options));
  PARLOR_RETURN_IF_ERROR(sqlite::Migrate(database, migrations));
  return std::make_unique<SqliteDatabase>(std::move(database));
}

}  // namespace parlor::auth
