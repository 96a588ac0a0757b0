#include "bench/client/sqlite_floor.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "bench/client/latencies.h"
#include "bench/figure.h"

namespace parlor::bench {
namespace {

// A message's row and index as in client/store/schema.cc, and a text of 100 B sealed (40 B more).
constexpr char kTable[] =
    "CREATE TABLE messages (stream INTEGER NOT NULL, number INTEGER NOT NULL, conversation INTEGER NOT NULL, "
    "time INTEGER NOT NULL, logical INTEGER NOT NULL, stored_at INTEGER NOT NULL, mark INTEGER NOT NULL, "
    "proof INTEGER NOT NULL, via TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (stream, number)) "
    "WITHOUT ROWID; CREATE INDEX history ON messages (conversation, time, logical)";
constexpr char kInsert[] =
    "INSERT INTO messages VALUES (1, ?1, 1, 1800000000000 + ?1, 0, 1800000000000, 0, 0, "
    "'tcp direct 192.0.2.1:7000', ?2)";
constexpr size_t kContentSize = 140;

// One job at a time from the thread that asks to the one that works.
class HandOver {
 public:
  void AskAndWait() {
    absl::MutexLock lock(&mutex_);
    asked_ = true;
    mutex_.Await(absl::Condition(
        +[](HandOver* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return !self->asked_; }, this));
  }
  // False at the end.
  bool Await() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](HandOver* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->asked_ || self->over_; }, this));
    return !over_;
  }
  void Answer() {
    absl::MutexLock lock(&mutex_);
    asked_ = false;
  }
  void End() {
    absl::MutexLock lock(&mutex_);
    over_ = true;
  }

 private:
  absl::Mutex mutex_;
  bool asked_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

absl::StatusOr<SqliteFloor> SqliteFloor::Open(const std::filesystem::path& directory) {
  PARLOR_ASSIGN_OR_RETURN(sqlite::Database db, sqlite::Database::Open(directory / (RandomId() + ".db")));
  PARLOR_RETURN_IF_ERROR(db.Execute(kTable));
  return SqliteFloor(std::move(db));
}

absl::Status SqliteFloor::Insert(int rows) {
  return db_.Transaction([&]() -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(auto insert, db_.Prepare(kInsert));
    insert.BindBlob(2, std::string(kContentSize, 's'));
    for (int i = 0; i < rows; ++i) {
      insert.Bind(1, next_++);
      PARLOR_RETURN_IF_ERROR(insert.Run());
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<double> SqliteFloor::CommitMicros(absl::Duration duration) {
  RoundTrips commits(duration);
  do {
    commits.Begin();
    PARLOR_RETURN_IF_ERROR(Insert(1));
  } while (commits.End());
  return commits.Median();
}

absl::StatusOr<double> SqliteFloor::HandedOverCommitMicros(absl::Duration duration) {
  HandOver job;
  absl::Status status;
  std::thread committer([&] {
    while (job.Await()) {
      status.Update(Insert(1));
      job.Answer();
    }
  });
  RoundTrips commits(duration);
  do {
    commits.Begin();
    job.AskAndWait();
  } while (commits.End());
  job.End();
  committer.join();
  PARLOR_RETURN_IF_ERROR(status);
  return commits.Median();
}

absl::StatusOr<double> SqliteFloor::BatchRate(absl::Duration duration) {
  const absl::Time began = absl::Now();
  int64_t rows = 0;
  while (absl::Now() - began < duration) {
    PARLOR_RETURN_IF_ERROR(Insert(kBatch));
    rows += kBatch;
  }
  return static_cast<double>(rows) / absl::ToDoubleSeconds(absl::Now() - began);
}

}  // namespace parlor::bench
