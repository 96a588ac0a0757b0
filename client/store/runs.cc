#include "client/store/runs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace parlor::client {
namespace {

struct Run {
  int64_t first = 0;  // 0: there is none
  int64_t last = 0;
  int64_t latest = 0;
};

absl::StatusOr<Run> Find(sqlite::Database& db, absl::string_view sql, int64_t stream, int64_t number) {
  PARLOR_ASSIGN_OR_RETURN(auto query, db.Prepare(sql));
  query.Bind(1, stream);
  query.Bind(2, number);
  PARLOR_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return Run{};
  return Run{query.Int(0), query.Int(1), query.Int(2)};
}

absl::StatusOr<Run> RunFromOrBefore(sqlite::Database& db, int64_t stream, int64_t number) {
  return Find(db,
              "SELECT first, last, latest FROM runs WHERE stream = ?1 AND first <= ?2 "
              "ORDER BY first DESC LIMIT 1",
              stream, number);
}

absl::StatusOr<Run> RunFrom(sqlite::Database& db, int64_t stream, int64_t number) {
  return Find(db, "SELECT first, last, latest FROM runs WHERE stream = ?1 AND first = ?2", stream, number);
}

// The usual case in one statement: the number after the end of a run, and not the one before another run.
absl::StatusOr<bool> Extend(sqlite::Database& db, int64_t stream, int64_t number, int64_t time) {
  PARLOR_ASSIGN_OR_RETURN(
      auto extend, db.Prepare("UPDATE runs SET last = ?2, latest = ?3 "
                              "WHERE stream = ?1 AND last = ?2 - 1 "
                              "AND first = (SELECT max(first) FROM runs WHERE stream = ?1 AND first < ?2) "
                              "AND NOT EXISTS (SELECT 1 FROM runs WHERE stream = ?1 AND first = ?2 + 1)"));
  extend.Bind(1, stream);
  extend.Bind(2, number);
  extend.Bind(3, time);
  PARLOR_RETURN_IF_ERROR(extend.Run());
  return db.changes() == 1;
}

}  // namespace

absl::Status Runs::Add(int64_t stream, int64_t number, int64_t time) {
  PARLOR_ASSIGN_OR_RETURN(const bool extended, Extend(db_, stream, number, time));
  if (extended) return absl::OkStatus();
  PARLOR_ASSIGN_OR_RETURN(const Run below, RunFromOrBefore(db_, stream, number));
  const bool extends = below.first != 0 && below.last == number - 1;
  PARLOR_ASSIGN_OR_RETURN(const Run above, RunFrom(db_, stream, number + 1));
  if (above.first != 0) PARLOR_RETURN_IF_ERROR(Drop(stream, above.first));
  return Put(stream, extends ? below.first : number, above.first != 0 ? above.last : number,
             above.first != 0 ? above.latest : time);
}

absl::Status Runs::Remove(int64_t stream, int64_t number) {
  PARLOR_ASSIGN_OR_RETURN(const Run run, RunFromOrBefore(db_, stream, number));
  if (run.first == 0 || run.last < number) return absl::OkStatus();
  PARLOR_RETURN_IF_ERROR(Drop(stream, run.first));
  if (run.first < number) PARLOR_RETURN_IF_ERROR(Put(stream, run.first, number - 1, run.latest));
  if (run.last > number) PARLOR_RETURN_IF_ERROR(Put(stream, number + 1, run.last, run.latest));
  return absl::OkStatus();
}

absl::Status Runs::Put(int64_t stream, int64_t first, int64_t last, int64_t latest) {
  PARLOR_ASSIGN_OR_RETURN(auto put, db_.Prepare("INSERT OR REPLACE INTO runs (stream, first, last, latest) "
                                                "VALUES (?1, ?2, ?3, ?4)"));
  put.Bind(1, stream);
  put.Bind(2, first);
  put.Bind(3, last);
  put.Bind(4, latest);
  return put.Run();
}

absl::Status Runs::Drop(int64_t stream, int64_t first) {
  PARLOR_ASSIGN_OR_RETURN(auto drop, db_.Prepare("DELETE FROM runs WHERE stream = ?1 AND first = ?2"));
  drop.Bind(1, stream);
  drop.Bind(2, first);
  return drop.Run();
}

}  // namespace parlor::client
