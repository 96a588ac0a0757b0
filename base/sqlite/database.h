// SQLite with errors as values. One connection: use it from one thread at a time.
#ifndef PARLOR_BASE_SQLITE_DATABASE_H_
#define PARLOR_BASE_SQLITE_DATABASE_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

typedef struct sqlite3 sqlite3;            // NOLINT(modernize-use-using): as SQLite declares them
typedef struct sqlite3_stmt sqlite3_stmt;  // NOLINT(modernize-use-using)

namespace parlor::sqlite {

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

  // Parameters count from 1. Text and blobs are copied.
  void Bind(int index, int64_t value);
  void BindText(int index, absl::string_view value);
  void BindBlob(int index, absl::string_view value);
  void BindNull(int index);

  // True: a row is there. ALREADY_EXISTS for a broken UNIQUE or PRIMARY KEY, RESOURCE_EXHAUSTED for a full
  // disk, UNAVAILABLE when busy beyond the timeout, INTERNAL otherwise.
  absl::StatusOr<bool> Step();
  // Steps to the end.
  absl::Status Run();

  // Columns count from 0.
  int64_t Int(int column) const;
  std::string Text(int column) const;  // also for blobs
  bool IsNull(int column) const;

 private:
  friend class Database;
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  sqlite3* db_;
  sqlite3_stmt* statement_;
};

struct Options {
  bool full_sync = true;  // synchronous=FULL: a commit is on disk when it returns
  int busy_timeout_ms = 5000;
  const char* vfs = nullptr;  // tests inject a failing one
};

class Database {
 public:
  // WAL, foreign keys on, file mode 0600. ":memory:" is private to the connection.
  static absl::StatusOr<Database> Open(const std::filesystem::path& path, const Options& options = {});

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Statements are cached by their text; asking for one that is in use is a programming error (aborts).
  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  absl::Status Execute(absl::string_view sql);  // one or several statements without results

  // BEGIN IMMEDIATE; `body`; COMMIT, or ROLLBACK when `body` fails or the commit does.
  absl::Status Transaction(const std::function<absl::Status()>& body);

  int64_t changes() const;  // rows of the last INSERT, UPDATE or DELETE
  int64_t last_insert_id() const;

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Brings the schema to the newest version: `steps[i]` leads from version i to i + 1 (PRAGMA user_version),
// each in a transaction of its own. FAILED_PRECONDITION for a database of a newer version than this program
// knows.
absl::Status Migrate(Database& db, const std::vector<absl::string_view>& steps);

}  // namespace parlor::sqlite

#endif  // PARLOR_BASE_SQLITE_DATABASE_H_
