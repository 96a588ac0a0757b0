// The little of SQL that SQLite and PostgreSQL have in common, so that the account store is written once and
// both databases run the same statements.
//
// A statement names its parameters $1, $2, … in the order of their first appearance: PostgreSQL reads the
// numbers, SQLite takes them for names and counts. A row is locked by updating it.
#ifndef PARLOR_SERVICES_AUTH_STORE_SQL_H_
#define PARLOR_SERVICES_AUTH_STORE_SQL_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace parlor::auth {

using SqlValue = std::variant<int64_t, std::string>;

// Both databases give numbers as text, too. No column of the schema may be NULL.
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
};

// Thread-safe; blocks. A body may run again when the database could not do its transaction beside another
// one: it must have no effect but on the database and on what it assigns.
class SqlDatabase {
 public:
  using Body = absl::FunctionRef<absl::Status(SqlTransaction&)>;

  virtual ~SqlDatabase() = default;

  // For one statement that only reads.
  virtual absl::Status Read(Body body) = 0;
  // Commits when `body` returns OK, and is undone otherwise.
  virtual absl::Status Write(Body body) = 0;
  // OK when the database answers.
  virtual absl::Status Ping() = 0;
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_STORE_SQL_H_
