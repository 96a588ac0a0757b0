// Full disks, failing disks, locked and damaged files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <fstream>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "base/sqlite/database.h"
#include "tests/base/sqlite/failing_vfs.h"
#include "tests/base/sqlite/test_database.h"

namespace parlor::sqlite {
namespace {

using ::testing::HasSubstr;

constexpr char kSchema[] = "CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)";
constexpr char kCount[] = "SELECT count(*) FROM t";

absl::Status AddRow(Database& db, size_t size = 16) {
  absl::StatusOr<Statement> insert = db.Prepare("INSERT INTO t (body) VALUES (?)");
  if (!insert.ok()) return insert.status();
  insert->BindBlob(1, std::string(size, 'x'));
  return insert->Run();
}

absl::Status AddRows(Database& db, int count, size_t size) {
  return db.Transaction([&]() -> absl::Status {
    for (int i = 0; i < count; ++i) {
      if (absl::Status status = AddRow(db, size); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
}

class FailureTest : public DatabaseTest {
 protected:
  // After a failure: the database is whole, has its rows, takes new ones, also when opened again.
  void ExpectWhole(Database& db, int64_t rows) {
    EXPECT_EQ(Number(db, kCount), rows);
    EXPECT_TRUE(AddRows(db, 1, 16).ok());
    Database again = Open();
    EXPECT_EQ(Number(again, kCount), rows + 1);
    auto check = again.Prepare("PRAGMA integrity_check");
    ASSERT_TRUE(check.ok());
    ASSERT_TRUE(check->Step().value());
    EXPECT_EQ(check->Text(0), "ok");
  }
};

TEST_F(FailureTest, AFullDatabaseRollsBack) {
  Database db = Open();
  ASSERT_TRUE(db.Execute(kSchema).ok());
  ASSERT_TRUE(AddRows(db, 3, 16).ok());
  ASSERT_TRUE(db.Execute("PRAGMA max_page_count = 20").ok());
  const absl::Status status = AddRows(db, 1000, 1000);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("no space left"));
  ExpectWhole(db, 3);
}

TEST_F(FailureTest, AFileSizeLimitIsAFullDisk) {
  Database db = Open();
  ASSERT_TRUE(db.Execute(kSchema).ok());
  ASSERT_TRUE(AddRows(db, 3, 16).ok());

  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  absl::Cleanup restore = [&] {
    ::setrlimit(RLIMIT_FSIZE, &old_limit);
    ::signal(SIGXFSZ, old_handler);
  };
  const rlimit limit{.rlim_cur = 256 << 10, .rlim_max = old_limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const absl::Status status = AddRows(db, 1000, 1000);
  std::move(restore).Invoke();

  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  ExpectWhole(db, 3);
}

TEST_F(FailureTest, AnyWriteMayFail) {
  // Each round fails one write later, so that every write of a commit is the first to fail once.
  FailingVfs disk;
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE}) {
    Database db = Open({.vfs = disk.name()});
    ASSERT_TRUE(db.Execute("DROP TABLE IF EXISTS t").ok());
    ASSERT_TRUE(db.Execute(kSchema).ok());
    int64_t rows = 0;
    int failures = 0;
    for (int good = 0; good < 12; ++good) {
      disk.FailWrites(code, good);
      const absl::Status status = AddRows(db, 2, 3000);
      disk.Heal();
      if (status.ok()) {
        rows += 2;
      } else {
        ++failures;
        EXPECT_EQ(status.code(),
                  code == SQLITE_FULL ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kInternal)
            << status;
      }
      EXPECT_EQ(Number(db, kCount), rows) << "good writes: " << good;
    }
    EXPECT_GE(failures, 2);
    ExpectWhole(db, rows);
  }
}

TEST_F(FailureTest, ACommitThatCannotBeSyncedIsNoCommit) {
  FailingVfs disk;
  Database db = Open({.vfs = disk.name()});
  ASSERT_TRUE(db.Execute(kSchema).ok());
  disk.FailSyncs(SQLITE_IOERR_FSYNC);
  EXPECT_FALSE(AddRows(db, 1, 16).ok());
  EXPECT_FALSE(AddRow(db).ok());
  disk.Heal();
  ExpectWhole(db, 0);
}

TEST_F(FailureTest, WithoutFullSyncACommitDoesNotWaitForTheDisk) {
  FailingVfs disk;
  Database db = Open({.full_sync = false, .vfs = disk.name()});
  ASSERT_TRUE(db.Execute(kSchema).ok());
  disk.FailSyncs(SQLITE_IOERR_FSYNC);
  EXPECT_TRUE(AddRows(db, 1, 16).ok());
}

TEST_F(FailureTest, BusyIsUnavailableAndNothingIsLeftOpen) {
  Database holder = Open();
  ASSERT_TRUE(holder.Execute(kSchema).ok());
  Database other = Open({.busy_timeout_ms = 1});
  ASSERT_TRUE(holder.Execute("BEGIN IMMEDIATE").ok());
  bool body_ran = false;
  const absl::Status status = other.Transaction([&]() -> absl::Status {
    body_ran = true;
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_FALSE(body_ran);
  EXPECT_EQ(AddRow(other).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Number(other, kCount), 0) << "reading goes on beside a writer";
  ASSERT_TRUE(holder.Execute("COMMIT").ok());
  EXPECT_TRUE(AddRows(other, 1, 16).ok());
}

TEST_F(FailureTest, OpeningWhatIsLockedGivesUpAfterTheTimeout) {
  // Not in WAL mode yet, so that opening has to change it.
  sqlite3* holder = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &holder), SQLITE_OK);
  const absl::Cleanup close = [holder] { sqlite3_close(holder); };
  ASSERT_EQ(sqlite3_exec(holder, "CREATE TABLE t (x); BEGIN EXCLUSIVE", nullptr, nullptr, nullptr),
            SQLITE_OK);
  const absl::Status status = Database::Open(path(), {.busy_timeout_ms = 20}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  ASSERT_EQ(sqlite3_exec(holder, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_TRUE(Database::Open(path(), {.busy_timeout_ms = 20}).ok());
}

TEST_F(FailureTest, AStatementLeftInTheMiddleHoldsNoSnapshotAfterItsScope) {
  Database reader = Open();
  Database writer = Open();
  ASSERT_TRUE(writer.Execute(kSchema).ok());
  ASSERT_TRUE(AddRows(writer, 2, 16).ok());
  {
    auto query = reader.Prepare("SELECT id FROM t");
    ASSERT_TRUE(query.ok());
    ASSERT_TRUE(query->Step().value());
  }
  ASSERT_TRUE(AddRows(writer, 1, 16).ok());
  EXPECT_EQ(Number(reader, kCount), 3);
}

TEST_F(FailureTest, AFileThatIsNoDatabaseIsSaidToBeOne) {
  std::ofstream(path()) << std::string(4096, 'g');
  const absl::Status status = Database::Open(path()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("restore it from a backup"));
}

TEST_F(FailureTest, AMissingVfsIsAnError) {
  EXPECT_FALSE(Database::Open(path(), {.vfs = "no-such-vfs"}).ok());
}

}  // namespace
}  // namespace parlor::sqlite
