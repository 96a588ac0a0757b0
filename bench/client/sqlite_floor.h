// SQLite with nothing above it: a row like a message's, with synchronous=FULL.
#ifndef PARLOR_BENCH_CLIENT_SQLITE_FLOOR_H_
#define PARLOR_BENCH_CLIENT_SQLITE_FLOOR_H_

#include <cstdint>
#include <filesystem>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/sqlite/database.h"

namespace parlor::bench {

class SqliteFloor {
 public:
  // A new file in `directory`.
  static absl::StatusOr<SqliteFloor> Open(const std::filesystem::path& directory);

  // What one commit of one row takes: the median of many, microseconds.
  absl::StatusOr<double> CommitMicros(absl::Duration duration);
  // The same while the one who waits sleeps, and a thread of its own commits, as the client does: what it
  // takes more are two hand-overs.
  absl::StatusOr<double> HandedOverCommitMicros(absl::Duration duration);
  // Rows a second in transactions of kBatch.
  absl::StatusOr<double> BatchRate(absl::Duration duration);

  static constexpr int kBatch = 4'096;  // the most that the client's store commits together

 private:
  explicit SqliteFloor(sqlite::Database db) : db_(std::move(db)) {}
  absl::Status Insert(int rows);

  sqlite::Database db_;
  int64_t next_ = 1;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_SQLITE_FLOOR_H_
