#include "services/common/metrics/database_metrics.h"

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "services/common/sql/open.h"
#include "tests/services/common/each_database.h"

namespace parlor::service {
namespace {

constexpr SqlStatement kInsert = {"insert", "INSERT INTO things (name) VALUES ($1)"};
constexpr SqlStatement kNames = {"names", "SELECT name FROM things", 1};

SqlSchema Schema() {
  return {"test", {"CREATE TABLE things (name TEXT PRIMARY KEY)"}, {kInsert, kNames}};
}

class DatabaseMetricsTest : public parlor::testing::EachDatabaseTest {
 protected:
  void SetUpOnDatabase() override {
    SqlOptions options = Database();
    options.postgres.connections = 2;
    options.observer = metrics_.Of("things");
    auto opened = OpenSql(options, Schema());
    ASSERT_TRUE(opened.ok()) << opened.status();
    sql_ = *std::move(opened);
  }

  absl::Status Insert(const std::string& name) {
    return sql_->Write([&](SqlTransaction& tx) { return tx.Run(kInsert, {name}).status(); });
  }

  // Of all that a scrape shows: the one with this name and this label beside `database`.
  double Value(const std::string& name, const std::string& label = "") const {
    for (const auto& families : {registry_.Collect(), metrics_.Collect()}) {
      for (const prometheus::MetricFamily& family : families) {
        if (family.name != name) continue;
        for (const prometheus::ClientMetric& metric : family.metric) {
          std::map<std::string, std::string> labels;
          for (const auto& pair : metric.label) labels[pair.name] = pair.value;
          EXPECT_EQ(labels["database"], "things");
          if (!label.empty() && labels["operation"] != label && labels["code"] != label) continue;
          if (family.type == prometheus::MetricType::Histogram) {
            return static_cast<double>(metric.histogram.sample_count);
          }
          return family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
        }
      }
    }
    return -1;
  }

  double Errors() const {
    double sum = 0;
    for (const char* code :
         {"unavailable", "resource_exhausted", "deadline_exceeded", "aborted", "internal"}) {
      sum += Value("parlor_database_errors_total", code);
    }
    return sum;
  }

  prometheus::Registry registry_;
  DatabaseMetrics metrics_{registry_};
  std::unique_ptr<SqlDatabase> sql_;
};

INSTANTIATE_TEST_SUITE_P(EachDatabase, DatabaseMetricsTest, parlor::testing::EachDatabase(),
                         parlor::testing::KindName);

TEST_P(DatabaseMetricsTest, EveryOperationIsThereFromTheStart) {
  for (const char* operation : {"read", "write", "ping"}) {
    EXPECT_EQ(Value("parlor_database_seconds", operation), 0) << operation;
  }
  EXPECT_EQ(Errors(), 0);
}

TEST_P(DatabaseMetricsTest, CallsAreTimedByWhatTheyDo) {
  ASSERT_TRUE(Insert("cup").ok());
  ASSERT_TRUE(Insert("jug").ok());
  ASSERT_TRUE(sql_->ReadOne(kNames, {}).ok());
  ASSERT_TRUE(sql_->Ping().ok());
  EXPECT_EQ(Value("parlor_database_seconds", "write"), 2);
  EXPECT_EQ(Value("parlor_database_seconds", "read"), 1);
  EXPECT_EQ(Value("parlor_database_seconds", "ping"), 1);
  EXPECT_EQ(Errors(), 0);
}

TEST_P(DatabaseMetricsTest, WhatAStoreDecidesIsNoFaultOfTheDatabase) {
  ASSERT_TRUE(Insert("cup").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Insert("cup")));
  EXPECT_TRUE(absl::IsResourceExhausted(
      sql_->Write([](SqlTransaction&) { return absl::ResourceExhaustedError("20 rooms are enough"); })));
  EXPECT_TRUE(absl::IsNotFound(sql_->Read([](SqlTransaction&) { return absl::NotFoundError("no"); })));
  EXPECT_EQ(Errors(), 0);
  EXPECT_EQ(Value("parlor_database_seconds", "write"), 3);
}

TEST_P(DatabaseMetricsTest, WhatTheDatabaseFailsIsCountedByCode) {
  ASSERT_TRUE(Insert("cup").ok());
  const SqlStatement unknown = {"unknown", "SELECT nothing FROM nowhere", 1};
  const absl::Status failed = sql_->ReadOne(unknown, {}).status();
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(Value("parlor_database_errors_total", "internal"), 1) << failed;
  EXPECT_EQ(Errors(), 1);
}

TEST_P(DatabaseMetricsTest, ShowsHowBusyTheConnectionsAre) {
  const double connections = Value("parlor_database_connections");
  EXPECT_EQ(connections, GetParam() == parlor::testing::DatabaseKind::kSqlite ? 1 : 2);
  EXPECT_EQ(Value("parlor_database_connections_in_use"), 0);
  absl::Notification release;
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      EXPECT_TRUE(sql_->Read([&](SqlTransaction&) {
                        release.WaitForNotification();
                        return absl::OkStatus();
                      })
                      .ok());
    });
  }
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (Value("parlor_database_waiting") != 3 - connections && absl::Now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(Value("parlor_database_connections_in_use"), connections);
  EXPECT_EQ(Value("parlor_database_waiting"), 3 - connections);
  release.Notify();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(Value("parlor_database_connections_in_use"), 0);
  EXPECT_EQ(Value("parlor_database_waiting"), 0);
  sql_ = nullptr;
  EXPECT_EQ(Value("parlor_database_connections"), -1) << "it has ended";
}

}  // namespace
}  // namespace parlor::service
