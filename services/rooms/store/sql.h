// The little of SQL that SQLite and PostgreSQL have in common, so that the room store is written once and
// both databases run the same statements.
//
// A statement names its parameters $1, $2, … in the order of their first appearance: PostgreSQL reads the
// numbers, SQLite takes them for names and counts.
#ifndef PARLOR_SERVICES_ROOMS_STORE_SQL_H_
#define PARLOR_SERVICES_ROOMS_STORE_SQL_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::rooms {

using SqlValue = std::variant<int64_t, std::string>;

// Both databases give numbers as text, too. No column of the schema may be NULL.
struct SqlResult {
  std::vector<std::vector<std::string>> rows;  // columns in the order of the SELECT
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

  virtual absl::StatusOr<SqlResult> Run(const SqlStatement& statement,
                                        const std::vector<SqlValue>& values) = 0;

  // Until the transaction ends no other one holds the lock of this name. Only in writing ones.
  virtual absl::Status Lock(absl::string_view name) = 0;
};

using SqlBody = std::function<absl::Status(SqlTransaction&)>;

// Thread-safe. A body may run again when the database could not do its transaction beside another one: it
// must have no effect but on the database and on what it assigns.
class SqlDatabase {
 public:
  virtual ~SqlDatabase() = default;
  virtual absl::Status Read(const SqlBody& body) = 0;
  // Commits when `body` returns OK, and is undone otherwise.
  virtual absl::Status Write(const SqlBody& body) = 0;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_STORE_SQL_H_
