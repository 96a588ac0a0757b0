#include "services/rooms/store/postgres_room_store.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "services/common/postgres/migrations.h"
#include "services/rooms/store/room_sql.h"
#include "services/rooms/store/sql.h"
#include "services/rooms/store/sql_room_store.h"

namespace parlor::rooms {
namespace {

namespace postgres = service::postgres;

constexpr SqlStatement kLock = {
    "lock", "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended('parlor ' || $1::text, 0))", 1};

constexpr const SqlStatement* kStatements[] = {&kLock,
                                               &sql::kCountOwned,
                                               &sql::kInsertRoom,
                                               &sql::kFindRoom,
                                               &sql::kListRooms,
                                               &sql::kNameOfRoom,
                                               &sql::kSetTopic,
                                               &sql::kRemoveRoom,
                                               &sql::kFindStanding,
                                               &sql::kCountStandings,
                                               &sql::kEnsureStanding,
                                               &sql::kSetRole,
                                               &sql::kInvite,
                                               &sql::kBan,
                                               &sql::kUnban,
                                               &sql::kKick,
                                               &sql::kForgetEndedRemovals};

std::vector<postgres::Prepared> PreparedStatements() {
  std::vector<postgres::Prepared> prepared;
  for (const SqlStatement* statement : kStatements) prepared.push_back({statement->name, statement->text});
  return prepared;
}

// Parameters go as text; the server knows their types.
std::string AsText(const SqlValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
  return std::get<std::string>(value);
}

class PostgresTransaction final : public SqlTransaction {
 public:
  explicit PostgresTransaction(pqxx::work& work) : work_(work) {}

  // Throws what libpqxx throws; the pool turns it into a status and rolls back.
  absl::StatusOr<SqlResult> Run(const SqlStatement& statement, const std::vector<SqlValue>& values) override {
    std::vector<std::string> texts;
    for (const SqlValue& value : values) texts.push_back(AsText(value));
    const pqxx::result found = work_.exec_prepared(statement.name, pqxx::prepare::make_dynamic_params(texts));
    SqlResult result;
    for (const pqxx::row& row : found) {
      std::vector<std::string>& columns = result.rows.emplace_back();
      for (const pqxx::field& field : row) columns.emplace_back(field.c_str(), field.size());
    }
    result.changes = static_cast<int64_t>(found.affected_rows());
    return result;
  }

  absl::Status Lock(absl::string_view name) override { return Run(kLock, {std::string(name)}).status(); }

 private:
  pqxx::work& work_;
};

class PostgresDatabase final : public SqlDatabase {
 public:
  explicit PostgresDatabase(const postgres::PoolOptions& options) : pool_(options, PreparedStatements()) {}

  absl::Status Read(const SqlBody& body) override { return Write(body); }

  absl::Status Write(const SqlBody& body) override {
    return pool_.TransactionWithRetry([&body](pqxx::work& work) {
      PostgresTransaction transaction(work);
      return body(transaction);
    });
  }

 private:
  postgres::Pool pool_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RoomStore>> OpenPostgresRoomStore(const postgres::PoolOptions& options) {
  PARLOR_RETURN_IF_ERROR(postgres::Migrate(options.connect, "rooms", {sql::kPostgresSchema1}));
  return std::make_unique<SqlRoomStore>(std::make_unique<PostgresDatabase>(options));
}

}  // namespace parlor::rooms
