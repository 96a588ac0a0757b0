// The little of SQL that SQLite and PostgreSQL have in common, so that a store is written once and both
// databases run the same statements. open.h opens one.
//
// A statement names its parameters $1, $2, … in the order of their first appearance: PostgreSQL reads the
// numbers, SQLite takes them for names and counts. Updating a row locks it until the transaction ends.
//
// Besides what is said below, calls answer as postgres/errors.h and base/sqlite/error.h say: UNAVAILABLE when
// the database is away, RESOURCE_EXHAUSTED when its disk is full or no connection is free, DEADLINE_EXCEEDED
// when it is too slow, INTERNAL for what should not be.
#ifndef PARLOR_SERVICES_COMMON_SQL_DATABASE_H_
#define PARLOR_SERVICES_COMMON_SQL_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::service {

using SqlValue = std::variant<int64_t, std::string>;

// Both databases give numbers as text, too; NULL reads as "" and 0.
struct SqlResult {
  std::vector<std::vector<std::string>> rows;  // columns in the order of the statement
  int64_t changes = 0;                         // rows that an INSERT, UPDATE or DELETE touched

  const std::string& Text(size_t row, size_t column) const { return rows[row][column]; }
  int64_t Int(size_t row, size_t column) const;
};

// A constant with static storage: it is prepared once a connection.
struct SqlStatement {
  const char* name;  // its own; PostgreSQL looks at the first 63 bytes only
  const char* text;
  int columns = 0;  // of its result
};

// One transaction. Belongs to one thread.
class SqlTransaction {
 public:
  virtual ~SqlTransaction() = default;

  // ALREADY_EXISTS for a broken UNIQUE or PRIMARY KEY; after any error nothing else may run.
  virtual absl::StatusOr<SqlResult> Run(const SqlStatement& statement,
                                        const std::vector<SqlValue>& values) = 0;

  // Until the transaction ends no other one holds the lock of this name. Only in those that write.
  virtual absl::Status Lock(absl::string_view name) = 0;
};

// How busy a database's connections are.
struct SqlLoad {
  int connections = 0;  // at most
  int in_use = 0;
  int waiting = 0;  // calls that wait for a free one
};

// Thread-safe; blocks. A body may run again when the database could not do its transaction beside another
// one: it must have no effect but on the database and on what it assigns.
class SqlDatabase {
 public:
  using Body = absl::FunctionRef<absl::Status(SqlTransaction&)>;

  virtual ~SqlDatabase() = default;

  // For one statement that only reads.
  virtual absl::Status Read(Body body) = 0;
  absl::StatusOr<SqlResult> ReadOne(const SqlStatement& statement, const std::vector<SqlValue>& values);

  // Commits when `body` returns OK, and is undone otherwise.
  virtual absl::Status Write(Body body) = 0;

  // OK when the database answers.
  virtual absl::Status Ping() = 0;

  // At once.
  virtual SqlLoad load() const = 0;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_SQL_DATABASE_H_
