#include "client/store/store.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/store/schema.h"

namespace parlor::client {
namespace {

// The cache holds what a large batch touches, so that nothing is written twice. A longer log is copied back
// less often: the pages that every batch touches again are then copied once.
constexpr absl::string_view kTuning = "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000";

std::string SettingContext(absl::string_view name) {
  return absl::StrCat("setting\n", name);
}

}  // namespace

Store::Store(sqlite::Database db, Sealer sealer)
    : db_(std::move(db)), sealer_(std::move(sealer)), streams_(db_), runs_(db_) {}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::filesystem::path& path, Sealer sealer,
                                                   const sqlite::Options& options) {
  PARLOR_ASSIGN_OR_RETURN(sqlite::Database db, sqlite::Database::Open(path, options));
  absl::Status prepared = db.Execute(kTuning);
  if (prepared.ok()) prepared = PrepareSchema(db);
  if (prepared.ok()) prepared = CheckKey(db, sealer);
  if (!prepared.ok()) {
    return absl::Status(prepared.code(), absl::StrCat(path.string(), ": ", prepared.message()));
  }
  return std::unique_ptr<Store>(new Store(std::move(db), std::move(sealer)));
}

absl::Status Store::Transaction(const std::function<absl::Status()>& body) {
  if (in_transaction_) return absl::InternalError("a transaction inside another: use Savepoint");
  in_transaction_ = true;
  const absl::Cleanup ended = [this] { in_transaction_ = false; };
  absl::Status status = db_.Transaction(body);
  if (!status.ok()) streams_.Forget();
  return status;
}

absl::Status Store::Savepoint(const std::function<absl::Status()>& body) {
  if (!in_transaction_) return absl::InternalError("a savepoint outside of any transaction");
  PARLOR_RETURN_IF_ERROR(Run("SAVEPOINT part"));
  absl::Status status = body();
  if (!status.ok()) {
    streams_.Forget();
    PARLOR_RETURN_IF_ERROR(Run("ROLLBACK TO part"));
  }
  PARLOR_RETURN_IF_ERROR(Run("RELEASE part"));
  return status;
}

absl::Status Store::Atomically(absl::FunctionRef<absl::Status()> body) {
  return in_transaction_ ? body() : Transaction([body] { return body(); });
}

absl::StatusOr<sqlite::Statement> Store::PrepareWrite(absl::string_view sql) {
  ++writes_;
  return db_.Prepare(sql);
}

absl::Status Store::Run(absl::string_view sql) {
  PARLOR_ASSIGN_OR_RETURN(sqlite::Statement statement, db_.Prepare(sql));
  return statement.Run();
}

absl::Status Store::PutSetting(const std::string& name, absl::string_view value) {
  PARLOR_ASSIGN_OR_RETURN(auto put,
                          PrepareWrite("INSERT OR REPLACE INTO settings (name, sealed) VALUES (?1, ?2)"));
  put.BindText(1, name);
  put.BindBlob(2, sealer_.Seal(value, SettingContext(name)));
  return put.Run();
}

absl::StatusOr<std::optional<std::string>> Store::Setting(const std::string& name) {
  PARLOR_ASSIGN_OR_RETURN(auto query, db_.Prepare("SELECT sealed FROM settings WHERE name = ?1"));
  query.BindText(1, name);
  PARLOR_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::nullopt;
  return sealer_.Open(query.Text(0), SettingContext(name));
}

}  // namespace parlor::client
