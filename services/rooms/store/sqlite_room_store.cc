#include "services/rooms/store/sqlite_room_store.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/status.h"
#include "services/rooms/store/room_sql.h"
#include "services/rooms/store/sql.h"
#include "services/rooms/store/sql_room_store.h"

namespace parlor::rooms {
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
  explicit SqliteTransaction(sqlite::Database& database) : database_(database) {}

  absl::StatusOr<SqlResult> Run(const SqlStatement& sql, const std::vector<SqlValue>& values) override {
    PARLOR_ASSIGN_OR_RETURN(sqlite::Statement statement, database_.Prepare(sql.text));
    for (size_t i = 0; i < values.size(); ++i) BindValue(statement, static_cast<int>(i) + 1, values[i]);
    SqlResult result;
    while (true) {
      PARLOR_ASSIGN_OR_RETURN(const bool row, statement.Step());
      if (!row) break;
      std::vector<std::string>& columns = result.rows.emplace_back();
      for (int column = 0; column < sql.columns; ++column) columns.push_back(statement.Text(column));
    }
    result.changes = database_.changes();
    return result;
  }

  // Writing transactions exclude each other as they are.
  absl::Status Lock(absl::string_view) override { return absl::OkStatus(); }

 private:
  sqlite::Database& database_;
};

class SqliteDatabase final : public SqlDatabase {
 public:
  explicit SqliteDatabase(sqlite::Database database) : database_(std::move(database)) {}

  // Every body that reads is one statement, which is a transaction of its own.
  absl::Status Read(const SqlBody& body) override {
    absl::MutexLock lock(&mutex_);
    SqliteTransaction transaction(database_);
    return body(transaction);
  }

  absl::Status Write(const SqlBody& body) override {
    absl::MutexLock lock(&mutex_);
    return database_.Transaction([&] {
      SqliteTransaction transaction(database_);
      return body(transaction);
    });
  }

 private:
  absl::Mutex mutex_;
  sqlite::Database database_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<RoomStore>> OpenSqliteRoomStore(const std::filesystem::path& path,
                                                               const sqlite::Options& options) {
  PARLOR_ASSIGN_OR_RETURN(sqlite::Database database, sqlite::Database::Open(path, options));
  PARLOR_RETURN_IF_ERROR(sqlite::Migrate(database, {sql::kSqliteSchema1}));
  return std::make_unique<SqlRoomStore>(std::make_unique<SqliteDatabase>(std::move(database)));
}

}  // namespace parlor::rooms
