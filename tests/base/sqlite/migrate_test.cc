#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/sqlite/database.h"
#include "tests/base/sqlite/test_database.h"

namespace parlor::sqlite {
namespace {

using ::testing::HasSubstr;

constexpr char kVersion[] = "PRAGMA user_version";
constexpr char kTables[] = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";

using MigrateTest = DatabaseTest;

TEST_F(MigrateTest, TakesEveryStepOnce) {
  Database db = Open();
  const std::vector<absl::string_view> steps = {"CREATE TABLE a (x)",
                                                "CREATE TABLE b (x); INSERT INTO b VALUES (1)"};
  ASSERT_TRUE(Migrate(db, {steps[0]}).ok());
  EXPECT_EQ(Number(db, kVersion), 1);
  EXPECT_EQ(Number(db, kTables), 1);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Migrate(db, steps).ok());
    EXPECT_EQ(Number(db, kVersion), 2);
    EXPECT_EQ(Number(db, "SELECT count(*) FROM b"), 1);
  }
}

TEST_F(MigrateTest, NoStepsAreNoChange) {
  Database db = Open();
  EXPECT_TRUE(Migrate(db, {}).ok());
  EXPECT_EQ(Number(db, kVersion), 0);
}

TEST_F(MigrateTest, AFailingStepLeavesTheVersionBeforeIt) {
  Database db = Open();
  const absl::Status status = Migrate(db, {"CREATE TABLE a (x)", "CREATE TABLE b (x); CREATE TABLE a (x)"});
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("table a already exists"));
  EXPECT_EQ(Number(db, kVersion), 1);
  EXPECT_EQ(Number(db, kTables), 1) << "half of the failing step stayed";
  EXPECT_TRUE(Migrate(db, {"CREATE TABLE a (x)", "CREATE TABLE b (x)"}).ok())
      << "a mended step goes on from there";
}

TEST_F(MigrateTest, RefusesVersionsItDoesNotKnow) {
  for (const char* version : {"PRAGMA user_version = 3", "PRAGMA user_version = -1"}) {
    Database db = Open();
    ASSERT_TRUE(db.Execute(version).ok());
    const absl::Status status = Migrate(db, {"CREATE TABLE a (x)", "CREATE TABLE b (x)"});
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_EQ(Number(db, kTables), 0);
  }
}

TEST_F(MigrateTest, ManyMayOpenAndMigrateAtOnce) {
  // Each step would fail if it were taken twice.
  const std::vector<absl::string_view> steps = {"CREATE TABLE a (x)", "CREATE TABLE b (x)",
                                                "CREATE TABLE c (x)"};
  std::vector<absl::Status> results(8);
  std::vector<std::thread> threads;
  for (absl::Status& result : results) {
    threads.emplace_back([&] {
      absl::StatusOr<Database> db = Database::Open(path());
      result = db.ok() ? Migrate(*db, steps) : db.status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) EXPECT_TRUE(result.ok()) << result;
  Database db = Open();
  EXPECT_EQ(Number(db, kVersion), 3);
  EXPECT_EQ(Number(db, kTables), 3);
}

}  // namespace
}  // namespace parlor::sqlite
