#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "services/common/postgres/migrations.h"
#include "services/common/sql/open.h"

namespace parlor::service {
namespace {

constexpr SqlStatement kLock = {
    "lock", "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended('parlor ' || $1::text, 0))", 1};

// Parameters go as text; the server knows their types.
std::string AsText(const SqlValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
  return std::get<std::string>(value);
}

SqlResult ResultOf(const pqxx::result& found) {
  SqlResult result;
  for (const pqxx::row& row : found) {
    std::vector<std::string>& columns = result.rows.emplace_back();
    for (const pqxx::field& field : row) columns.emplace_back(field.c_str(), field.size());
  }
  result.changes = static_cast<int64_t>(found.affected_rows());
  return result;
}

class PostgresTransaction final : public SqlTransaction {
 public:
  explicit PostgresTransaction(pqxx::transaction_base* transaction) : transaction_(transaction) {}

  // Throws what else libpqxx throws; the pool turns it into a status and rolls back.
  absl::StatusOr<SqlResult> Run(const SqlStatement& statement, const std::vector<SqlValue>& values) override {
    std::vector<std::string> texts;
    texts.reserve(values.size());
    for (const SqlValue& value : values) texts.push_back(AsText(value));
    try {
      return ResultOf(transaction_->exec_prepared(statement.name, pqxx::prepare::make_dynamic_params(texts)));
    } catch (const pqxx::unique_violation&) {
      return absl::AlreadyExistsError(statement.name);
    }
  }

  absl::Status Lock(absl::string_view name) override { return Run(kLock, {std::string(name)}).status(); }

 private:
  pqxx::transaction_base* const transaction_;
};

class PostgresDatabase final : public SqlDatabase {
 public:
  PostgresDatabase(const postgres::PoolOptions& options, std::vector<postgres::Prepared> statements)
      : pool_(options, std::move(statements)) {}

  absl::Status Read(Body body) override {
    return pool_.Run([&body](pqxx::nontransaction& statement) {
      PostgresTransaction transaction(&statement);
      return body(transaction);
    });
  }

  absl::Status Write(Body body) override {
    return pool_.TransactionWithRetry([&body](pqxx::work& work) {
      PostgresTransaction transaction(&work);
      return body(transaction);
    });
  }

  absl::Status Ping() override { return pool_.Ping(); }

  SqlLoad load() const override {
    return {.connections = pool_.options().connections, .in_use = pool_.in_use(), .waiting = pool_.waiting()};
  }

 private:
  postgres::Pool pool_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenPostgres(const SqlOptions& options,
                                                          const SqlSchema& schema) {
  postgres::PoolOptions pool = options.postgres;
  pool.connect.uri = options.database;
  pool.connect.application = absl::StrCat("parlor-", schema.component);
  PARLOR_RETURN_IF_ERROR(postgres::Migrate(pool.connect, schema.component, schema.steps));
  std::vector<postgres::Prepared> prepared = {{kLock.name, kLock.text}};
  for (const SqlStatement& statement : schema.statements) {
    prepared.push_back({statement.name, statement.text});
  }
  return std::make_unique<PostgresDatabase>(pool, std::move(prepared));
}

}  // namespace parlor::service
