#include "base/sqlite/database.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/sqlite/error.h"
#include "base/status.h"

namespace parlor::sqlite {

struct CachedStatement {
  sqlite3_stmt* statement = nullptr;
  bool in_use = false;

  sqlite3* db() const { return sqlite3_db_handle(statement); }
};

namespace {

constexpr absl::string_view kInMemory = ":memory:";

[[noreturn]] void ProgrammingError(absl::string_view what, absl::string_view sql) {
  std::fprintf(stderr, "%s: %.*s\n", std::string(what).c_str(), static_cast<int>(sql.size()), sql.data());
  std::abort();
}

// SQLite takes a null pointer for NULL, but an empty string_view may well have one.
const char* NeverNull(absl::string_view value) {
  return value.data() == nullptr ? "" : value.data();
}

absl::Status SystemError(absl::string_view what, absl::string_view file) {
  const int error = errno;
  return absl::ErrnoToStatus(error, absl::StrCat("cannot ", what, " ", file));
}

// The file is made and closed to others without ever being opened here: closing a descriptor of it would drop
// the POSIX locks that another connection of this process holds.
absl::Status MakePrivateFile(const std::filesystem::path& path) {
  if (::mknod(path.c_str(), S_IFREG | kPrivateFile, 0) != 0 && errno != EEXIST) {
    return SystemError("create", path.string());
  }
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string file = path.string() + suffix;
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) {
      if (errno == ENOENT) continue;
      return SystemError("look at", file);
    }
    if (!S_ISREG(info.st_mode)) return absl::FailedPreconditionError(absl::StrCat(file, " is not a file"));
    if ((info.st_mode & 0077) != 0 && ::chmod(file.c_str(), kPrivateFile) != 0) {
      return SystemError("close to others", file);
    }
  }
  return absl::OkStatus();
}

// When several connections open a new file at once, SQLite now and then refuses one of them at once, without
// asking the busy handler (2 or 3 in 1,000, with 8 threads). The mode stays once it is set, so trying again
// is enough.
absl::Status SwitchToWal(Database& db, const Options& options) {
  constexpr int kPauseMs = 10;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(options.busy_timeout_ms);
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(Statement pragma, db.Prepare("PRAGMA journal_mode = WAL"));
    const absl::StatusOr<bool> row = pragma.Step();
    if (row.ok()) {
      const std::string mode = *row ? pragma.Text(0) : "unknown";
      if (mode == "wal" || mode == "memory") return absl::OkStatus();
      return absl::FailedPreconditionError(
          absl::StrCat("the file system cannot do write-ahead logging (journal mode is ", mode,
                       "): keep the database on a local disk"));
    }
    const bool again = absl::IsUnavailable(row.status()) && std::chrono::steady_clock::now() < deadline;
    if (!again) return row.status();
    sqlite3_sleep(kPauseMs);
  }
}

absl::StatusOr<int64_t> SchemaVersion(Database& db) {
  PARLOR_ASSIGN_OR_RETURN(Statement pragma, db.Prepare("PRAGMA user_version"));
  PARLOR_RETURN_IF_ERROR(pragma.Step().status());
  return pragma.Int(0);
}

}  // namespace

Statement::Statement(CachedStatement* cached) : cached_(cached) {
  cached_->in_use = true;
}

Statement::Statement(Statement&& other) noexcept
    : cached_(std::exchange(other.cached_, nullptr)), bind_error_(std::move(other.bind_error_)) {}

Statement::~Statement() {
  if (cached_ == nullptr) return;
  // Both repeat what Step has reported already.
  sqlite3_reset(cached_->statement);
  sqlite3_clear_bindings(cached_->statement);
  cached_->in_use = false;
}

void Statement::KeepBindError(int code) {
  if (code != SQLITE_OK && bind_error_.ok()) bind_error_ = StatusOf(cached_->db(), code);
}

void Statement::Bind(int index, int64_t value) {
  KeepBindError(sqlite3_bind_int64(cached_->statement, index, value));
}

void Statement::BindText(int index, absl::string_view value) {
  KeepBindError(sqlite3_bind_text64(cached_->statement, index, NeverNull(value), value.size(),
                                    SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::BindBlob(int index, absl::string_view value) {
  KeepBindError(
      sqlite3_bind_blob64(cached_->statement, index, NeverNull(value), value.size(), SQLITE_TRANSIENT));
}

void Statement::BindNull(int index) {
  KeepBindError(sqlite3_bind_null(cached_->statement, index));
}

absl::StatusOr<bool> Statement::Step() {
  if (!bind_error_.ok()) return bind_error_;
  const int code = sqlite3_step(cached_->statement);
  if (code == SQLITE_ROW) return true;
  const absl::Status status = code == SQLITE_DONE ? absl::OkStatus() : StatusOf(cached_->db(), code);
  // Lets go of locks at once, and of the row; repeats the code of the step.
  sqlite3_reset(cached_->statement);
  if (!status.ok()) return status;
  return false;
}

absl::Status Statement::Run() {
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) return absl::OkStatus();
  }
}

int64_t Statement::Int(int column) const {
  return sqlite3_column_int64(cached_->statement, column);
}

std::string Statement::Text(int column) const {
  // A blob must not be asked for as text: that would convert it. A number must be.
  const bool blob = sqlite3_column_type(cached_->statement, column) == SQLITE_BLOB;
  const void* data = blob ? sqlite3_column_blob(cached_->statement, column)
                          : static_cast<const void*>(sqlite3_column_text(cached_->statement, column));
  if (data == nullptr) return "";
  return std::string(static_cast<const char*>(data),
                     static_cast<size_t>(sqlite3_column_bytes(cached_->statement, column)));
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(cached_->statement, column) == SQLITE_NULL;
}

struct Database::State {
  sqlite3* db = nullptr;
  // On the heap, since Statements point to them while the table may grow.
  absl::flat_hash_map<std::string, std::unique_ptr<CachedStatement>> cache;

  void DropIdle() {
    absl::erase_if(cache, [](const auto& entry) {
      if (entry.second->in_use) return false;
      sqlite3_finalize(entry.second->statement);
      return true;
    });
  }

  ~State() {
    DropIdle();
    if (!cache.empty()) ProgrammingError("a database was closed while in use by", cache.begin()->first);
    sqlite3_close(db);
  }
};

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

absl::StatusOr<Database> Database::Open(const std::filesystem::path& path, const Options& options) {
  if (path.string() != kInMemory) PARLOR_RETURN_IF_ERROR(MakePrivateFile(path));
  Database database(std::make_unique<State>());
  sqlite3*& db = database.state_->db;
  const int opened = sqlite3_open_v2(
      path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, options.vfs);
  if (opened != SQLITE_OK) return StatusOf(db, opened);
  sqlite3_busy_timeout(db, options.busy_timeout_ms);
  // A misspelt column in double quotes must be an error, not a string.
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  PARLOR_RETURN_IF_ERROR(SwitchToWal(database, options));
  PARLOR_RETURN_IF_ERROR(database.Execute(absl::StrCat("PRAGMA foreign_keys = ON; PRAGMA synchronous = ",
                                                       options.full_sync ? "FULL" : "NORMAL")));
  return database;
}

absl::StatusOr<Statement> Database::Prepare(absl::string_view sql) {
  if (const auto found = state_->cache.find(sql); found != state_->cache.end()) {
    if (found->second->in_use) ProgrammingError("a statement was asked for while in use", sql);
    return Statement(found->second.get());
  }
  if (state_->cache.size() >= kMaxCachedStatements) state_->DropIdle();
  auto cached = std::make_unique<CachedStatement>();
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(state_->db, NeverNull(sql), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &cached->statement, &rest);
  if (code != SQLITE_OK) return StatusOf(state_->db, code);
  const absl::string_view tail = sql.substr(static_cast<size_t>(rest - NeverNull(sql)));
  if (cached->statement == nullptr || !absl::StripAsciiWhitespace(tail).empty()) {
    sqlite3_finalize(cached->statement);
    return absl::InternalError(absl::StrCat("not exactly one SQL statement: ", sql));
  }
  CachedStatement* const statement = cached.get();
  state_->cache.emplace(sql, std::move(cached));
  return Statement(statement);
}

absl::Status Database::Execute(absl::string_view sql) {
  const int code = sqlite3_exec(state_->db, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : StatusOf(state_->db, code);
}

absl::Status Database::Transaction(const std::function<absl::Status()>& body) {
  const auto run = [this](absl::string_view sql) -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
    return statement.Run();
  };
  PARLOR_RETURN_IF_ERROR(run("BEGIN IMMEDIATE"));
  // Also when `body` throws. A full disk and the like have rolled back already: then there is nothing to do.
  const absl::Cleanup roll_back = [this] {
    if (sqlite3_get_autocommit(state_->db) != 0) return;
    // Its result adds nothing: SQLite ends the transaction in any case.
    sqlite3_exec(state_->db, "ROLLBACK", nullptr, nullptr, nullptr);
  };
  PARLOR_RETURN_IF_ERROR(body());
  return run("COMMIT");
}

int64_t Database::changes() const {
  return sqlite3_changes64(state_->db);
}
int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(state_->db);
}

absl::Status Migrate(Database& db, const std::vector<absl::string_view>& steps) {
  const auto newest = static_cast<int64_t>(steps.size());
  PARLOR_ASSIGN_OR_RETURN(int64_t version, SchemaVersion(db));
  while (version != newest) {
    const absl::Status migrated = db.Transaction([&]() -> absl::Status {
      // Another process may have been faster.
      PARLOR_ASSIGN_OR_RETURN(version, SchemaVersion(db));
      if (version == newest) return absl::OkStatus();
      if (version < 0 || version > newest) {
        return absl::FailedPreconditionError(
            absl::StrCat("the database has version ", version, ", this program knows versions up to ", newest,
                         ": install the version of the program that wrote it, or a newer one"));
      }
      PARLOR_RETURN_IF_ERROR(db.Execute(steps[static_cast<size_t>(version)]));
      return db.Execute(absl::StrCat("PRAGMA user_version = ", version + 1));
    });
    if (!migrated.ok()) {
      return absl::Status(migrated.code(),
                          absl::StrCat("schema version ", version, ": ", migrated.message()));
    }
    PARLOR_ASSIGN_OR_RETURN(version, SchemaVersion(db));
  }
  return absl::OkStatus();
}

}  // namespace parlor::sqlite
