// Suites that have to hold on SQLite and on PostgreSQL, each test on an empty database of its own.
//
//   class StoreTest : public parlor::testing::EachDatabaseTest { … OpenStore(Database()) … };
//   INSTANTIATE_TEST_SUITE_P(EachDatabase, StoreTest, parlor::testing::EachDatabase(),
//   parlor::testing::KindName);
#ifndef PARLOR_TESTS_SERVICES_COMMON_EACH_DATABASE_H_
#define PARLOR_TESTS_SERVICES_COMMON_EACH_DATABASE_H_

#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "services/common/sql/open.h"
#include "tests/services/common/postgres_server.h"
#include "tests/services/common/temp_dir.h"

namespace parlor::testing {

enum class DatabaseKind { kSqlite, kPostgres };

inline auto EachDatabase() {
  return ::testing::Values(DatabaseKind::kSqlite, DatabaseKind::kPostgres);
}

inline std::string KindName(const ::testing::TestParamInfo<DatabaseKind>& kind) {
  return kind.param == DatabaseKind::kSqlite ? "Sqlite" : "Postgres";
}

class EachDatabaseTest : public ::testing::TestWithParam<DatabaseKind> {
 protected:
  void SetUp() override {
    if (GetParam() == DatabaseKind::kSqlite) {
      database_ = directory_ / "test.db";
    } else {
      PARLOR_WITH_POSTGRES(server);
      database_ = server.CreateDatabase();
    }
    SetUpOnDatabase();
  }
  // Not called when the test is skipped.
  virtual void SetUpOnDatabase() = 0;

  // The same database each time, for another replica or the process after a restart. Patient: tests race.
  service::SqlOptions Database() const {
    service::SqlOptions options;
    options.database = database_;
    options.postgres.acquire_timeout = absl::Seconds(30);
    options.sqlite.full_sync = false;
    options.sqlite.busy_timeout_ms = 30'000;
    return options;
  }

 private:
  TempDir directory_;
  std::string database_;
};

}  // namespace parlor::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_EACH_DATABASE_H_
