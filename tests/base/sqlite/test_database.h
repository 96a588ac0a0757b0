// What the tests of this folder begin with.
#ifndef PARLOR_TESTS_BASE_SQLITE_TEST_DATABASE_H_
#define PARLOR_TESTS_BASE_SQLITE_TEST_DATABASE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <utility>

#include "base/random.h"
#include "base/sqlite/database.h"

namespace parlor::sqlite {

// A directory of its own for each test, gone after it.
class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest() : directory_(std::filesystem::temp_directory_path() / ("parlor-sqlite-" + RandomId())) {
    std::filesystem::create_directory(directory_);
  }
  ~DatabaseTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path path() const { return directory_ / "test.db"; }

  Database Open(const Options& options = {}) const {
    absl::StatusOr<Database> db = Database::Open(path(), options);
    if (!db.ok()) throw std::runtime_error(std::string(db.status().message()));
    return *std::move(db);
  }

 private:
  std::filesystem::path directory_;
};

inline int64_t Number(Database& db, absl::string_view sql) {
  absl::StatusOr<Statement> query = db.Prepare(sql);
  EXPECT_TRUE(query.ok()) << query.status();
  if (!query.ok()) return -1;
  const absl::StatusOr<bool> row = query->Step();
  EXPECT_TRUE(row.ok() && *row) << row.status();
  return row.ok() && *row ? query->Int(0) : -1;
}

}  // namespace parlor::sqlite

#endif  // PARLOR_TESTS_BASE_SQLITE_TEST_DATABASE_H_
