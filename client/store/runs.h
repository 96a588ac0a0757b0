// The parts of a stream that are here without a gap. In one step each, however long the stream.
#ifndef PARLOR_CLIENT_STORE_RUNS_H_
#define PARLOR_CLIENT_STORE_RUNS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "base/sqlite/database.h"

namespace parlor::client {

class Runs {
 public:
  explicit Runs(sqlite::Database& db) : db_(db) {}

  // `number`, written at `time` (columns), is here now, and was not before.
  absl::Status Add(int64_t stream, int64_t number, int64_t time);
  // It is not here any more.
  absl::Status Remove(int64_t stream, int64_t number);

 private:
  absl::Status Put(int64_t stream, int64_t first, int64_t last, int64_t latest);
  absl::Status Drop(int64_t stream, int64_t first);

  sqlite::Database& db_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_STORE_RUNS_H_
