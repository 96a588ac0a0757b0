// SQLite with errors as values. One connection: use it from one thread at a time.
#ifndef PARLOR_BASE_SQLITE_DATABASE_H_
#define PARLOR_BASE_SQLITE_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::sqlite {

struct CachedStatement;

// A prepared statement, borrowed from its Database and reset when it goes out of scope.
//
//   PARLOR_ASSIGN_OR_RETURN(auto query, db.Prepare("SELECT name FROM accounts WHERE id = ?"));
//   query.Bind(1, id);
//   while (true) {
//     PARLOR_ASSIGN_OR_RETURN(const bool row, query.Step());
//     if (!row) break;
//     names.push_back(query.Text(0));
//   }
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Parameters count from 1. Text and blobs are copied. Bindings last until the statement is destroyed; one
  // that fails (no such parameter, no memory) makes every Step fail.
  void Bind(int index, int64_t value);
  void BindText(int index, absl::string_view value);
  void BindBlob(int index, absl::string_view value);
  void BindNull(int index);

  // True: a row is there. After false or an error the statement is reset: it may be bound anew and the next
  // Step starts from the beginning. ALREADY_EXISTS for a broken UNIQUE or PRIMARY KEY, RESOURCE_EXHAUSTED for
  // a full disk, UNAVAILABLE when busy beyond the timeout; the others are in error.h. What writes outside a
  // Transaction must be stepped to its end, also with RETURNING: only then does it commit, and say whether it
  // could.
  absl::StatusOr<bool> Step();
  // Steps to the end.
  absl::Status Run();

  // Columns of the current row count from 0. NULL reads as 0 and "".
  int64_t Int(int column) const;
  std::string Text(int column) const;  // also for blobs
  bool IsNull(int column) const;

 private:
  friend class Database;
  explicit Statement(CachedStatement* cached);
  void KeepBindError(int code);

  CachedStatement* cached_;  // the Database's; null when moved from
  absl::Status bind_error_;
};

struct Options {
  bool full_sync = true;  // synchronous=FULL: a commit is on disk when it returns
  int busy_timeout_ms = 5000;
  const char* vfs = nullptr;  // tests inject a failing one
};

class Database {
 public:
  // WAL, foreign keys on, file mode 0600 (an existing file is closed to others too). ":memory:" is private to
  // the connection. Strings are written in single quotes: "double" ones are names only. FAILED_PRECONDITION
  // where the file system cannot do WAL (network file systems).
  static absl::StatusOr<Database> Open(const std::filesystem::path& path, const Options& options = {});

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // One statement. It is cached by its text; asking for one that is in use, or closing a Database with one in
  // use, is a programming error (aborts). At kMaxCachedStatements the ones not in use are dropped.
  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  static constexpr size_t kMaxCachedStatements = 128;

  absl::Status Execute(absl::string_view sql);  // one or several statements without results

  // BEGIN IMMEDIATE; `body`; COMMIT, or ROLLBACK when `body` fails or the commit does. Not to be nested
  // (INTERNAL, the outer one goes on). Whatever is returned, no transaction stays open.
  absl::Status Transaction(const std::function<absl::Status()>& body);

  int64_t changes() const;  // rows of the last INSERT, UPDATE or DELETE
  int64_t last_insert_id() const;

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Brings the schema to the newest version: `steps[i]` leads from version i to i + 1 (PRAGMA user_version),
// each in a transaction of its own, so that a step that fails leaves its version as it was. Several processes
// may do it at once. FAILED_PRECONDITION for a database of a newer version than this program knows.
absl::Status Migrate(Database& db, const std::vector<absl::string_view>& steps);

}  // namespace parlor::sqlite

#endif  // PARLOR_BASE_SQLITE_DATABASE_H_
