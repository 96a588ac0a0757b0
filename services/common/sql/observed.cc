#include "services/common/sql/observed.h"

#include <chrono>
#include <utility>

namespace parlor::service {
namespace {

// Passes statements on, and remembers which of them the database failed.
class ObservedTransaction final : public SqlTransaction {
 public:
  ObservedTransaction(SqlTransaction* transaction, absl::Status* fault)
      : transaction_(transaction), fault_(fault) {}

  absl::StatusOr<SqlResult> Run(const SqlStatement& statement, const std::vector<SqlValue>& values) override {
    absl::StatusOr<SqlResult> result = transaction_->Run(statement, values);
    Note(result.status());
    return result;
  }

  absl::Status Lock(absl::string_view name) override {
    absl::Status locked = transaction_->Lock(name);
    Note(locked);
    return locked;
  }

 private:
  void Note(const absl::Status& status) {
    if (!status.ok() && !absl::IsAlreadyExists(status)) *fault_ = status;
  }

  SqlTransaction* const transaction_;
  absl::Status* const fault_;
};

class ObservedDatabase final : public SqlDatabase {
 public:
  ObservedDatabase(std::shared_ptr<SqlDatabase> database, SqlObserver* observer)
      : database_(std::move(database)), observer_(observer) {
    observer_->OnOpened(database_);
  }

  absl::Status Read(Body body) override {
    return Watch(SqlOperation::kRead, body, [this](Body watched) { return database_->Read(watched); });
  }

  absl::Status Write(Body body) override {
    return Watch(SqlOperation::kWrite, body, [this](Body watched) { return database_->Write(watched); });
  }

  absl::Status Ping() override {
    const auto start = std::chrono::steady_clock::now();
    absl::Status status = database_->Ping();
    observer_->OnDone(SqlOperation::kPing, Since(start), status);
    return status;
  }

  SqlLoad load() const override { return database_->load(); }

 private:
  static absl::Duration Since(std::chrono::steady_clock::time_point start) {
    return absl::FromChrono(std::chrono::steady_clock::now() - start);
  }

  // What the body said is its own; an error that it did not say came from connecting or committing, or was
  // thrown by a statement.
  absl::Status Watch(SqlOperation operation, Body body, absl::FunctionRef<absl::Status(Body)> run) {
    const auto start = std::chrono::steady_clock::now();
    absl::Status said;
    absl::Status fault;
    absl::Status status = run([&](SqlTransaction& transaction) {
      said = fault = absl::OkStatus();  // the body may run again
      ObservedTransaction watched(&transaction, &fault);
      return said = body(watched);
    });
    if (!status.ok() && said.ok()) fault = status;
    observer_->OnDone(operation, Since(start), status.ok() ? absl::OkStatus() : fault);
    return status;
  }

  const std::shared_ptr<SqlDatabase> database_;
  SqlObserver* const observer_;
};

}  // namespace

std::unique_ptr<SqlDatabase> Observed(std::unique_ptr<SqlDatabase> database, SqlObserver* observer) {
  return std::make_unique<ObservedDatabase>(std::move(database), observer);
}

}  // namespace parlor::service
