// SqlDatabase, both of them: what database.h and open.h promise.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"
#include "gmock/gmock.h"
#include "services/common/sql/database.h"
#include "tests/services/common/each_database.h"

namespace parlor::service {
namespace {

using ::testing::ElementsAre;

constexpr SqlStatement kInsert = {"insert", "INSERT INTO things (name, size) VALUES ($1, $2)"};
constexpr SqlStatement kNames = {"names", "SELECT name FROM things WHERE size >= $1 ORDER BY name", 1};
constexpr SqlStatement kSize = {"size", "SELECT size FROM things WHERE name = $1", 1};
constexpr SqlStatement kSetSize = {"set_size", "UPDATE things SET size = $1 WHERE name = $2"};
constexpr SqlStatement kLonely = {
    "lonely", "SELECT t.name, t.size FROM (SELECT 1) o LEFT JOIN things t ON t.name = $1", 2};

SqlSchema Schema() {
  return {"test",
          {R"(CREATE TABLE things (name TEXT COLLATE "C" PRIMARY KEY, size BIGINT NOT NULL))"},
          {kInsert, kNames, kSize, kSetSize, kLonely}};
}

class SqlDatabaseTest : public parlor::testing::EachDatabaseTest {
 protected:
  void SetUpOnDatabase() override { sql_ = Open(); }

  std::unique_ptr<SqlDatabase> Open() {
    auto opened = OpenSql(Database(), Schema());
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }

  absl::Status Insert(const std::string& name, int64_t size) {
    return sql_->Write([&](SqlTransaction& tx) { return tx.Run(kInsert, {name, size}).status(); });
  }
  std::vector<std::string> Names(int64_t at_least = 0) {
    std::vector<std::string> names;
    const auto found = sql_->ReadOne(kNames, {at_least});
    EXPECT_TRUE(found.ok()) << found.status();
    for (size_t row = 0; row < found->rows.size(); ++row) names.push_back(found->Text(row, 0));
    return names;
  }

  std::unique_ptr<SqlDatabase> sql_;
};

INSTANTIATE_TEST_SUITE_P(EachDatabase, SqlDatabaseTest, parlor::testing::EachDatabase(),
                         parlor::testing::KindName);

TEST_P(SqlDatabaseTest, KeepsNumbersAndTextOfAnyKind) {
  constexpr int64_t kBig = 9'007'199'254'740'993;  // no double holds it
  ASSERT_TRUE(Insert("it's \"100%\" größe; --", kBig).ok());
  sql_ = Open();
  EXPECT_EQ(sql_->ReadOne(kSize, {std::string("it's \"100%\" größe; --")})->Int(0, 0), kBig);
  EXPECT_TRUE(sql_->Ping().ok());
}

TEST_P(SqlDatabaseTest, ComparesTextAsBytesWhereTheSchemaSaysSo) {
  for (const char* name : {"zulu", "Ångström", "alpha", "a_b", "a-b", "Zoo"})
    ASSERT_TRUE(Insert(name, 1).ok());
  EXPECT_THAT(Names(), ElementsAre("Zoo", "a-b", "a_b", "alpha", "zulu", "Ångström"));
}

TEST_P(SqlDatabaseTest, NullReadsAsNothing) {
  const auto found = sql_->ReadOne(kLonely, {std::string("nobody")});
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->rows.size(), 1u);
  EXPECT_EQ(found->Text(0, 0), "");
  EXPECT_EQ(found->Int(0, 1), 0);
}

TEST_P(SqlDatabaseTest, SaysWhatIsTakenAndWhatChanged) {
  ASSERT_TRUE(Insert("cup", 1).ok());
  EXPECT_EQ(Insert("cup", 2).code(), absl::StatusCode::kAlreadyExists);
  const auto changes = [this](const std::string& name) {
    int64_t changed = -1;
    const absl::Status status = sql_->Write([&](SqlTransaction& tx) -> absl::Status {
      PARLOR_ASSIGN_OR_RETURN(const SqlResult result, tx.Run(kSetSize, {int64_t{7}, name}));
      changed = result.changes;
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return changed;
  };
  EXPECT_EQ(changes("cup"), 1);
  EXPECT_EQ(changes("jug"), 0);
}

TEST_P(SqlDatabaseTest, AFailedTransactionLeavesNothing) {
  const absl::Status failed = sql_->Write([](SqlTransaction& tx) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(tx.Run(kInsert, {std::string("cup"), int64_t{1}}).status());
    return absl::PermissionDeniedError("no");
  });
  EXPECT_EQ(failed, absl::PermissionDeniedError("no"));
  EXPECT_THAT(Names(), ElementsAre());
  EXPECT_TRUE(Insert("cup", 1).ok()) << "the next one is undisturbed";
}

// Without the lock, PostgreSQL would lose additions: the statement that reads does not lock the row.
TEST_P(SqlDatabaseTest, ALockKeepsOthersOut) {
  ASSERT_TRUE(Insert("count", 0).ok());
  const auto add_one = [this] {
    return sql_->Write([](SqlTransaction& tx) -> absl::Status {
      PARLOR_RETURN_IF_ERROR(tx.Lock("count"));
      PARLOR_ASSIGN_OR_RETURN(const SqlResult size, tx.Run(kSize, {std::string("count")}));
      return tx.Run(kSetSize, {size.Int(0, 0) + 1, std::string("count")}).status();
    });
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) EXPECT_TRUE(add_one().ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sql_->ReadOne(kSize, {std::string("count")})->Int(0, 0), 80);
}

TEST_P(SqlDatabaseTest, OpensAndMigratesOnceHoweverManyStart) {
  std::vector<std::thread> replicas;
  for (int i = 0; i < 4; ++i) {
    replicas.emplace_back([this] { EXPECT_TRUE(Open()->Ping().ok()); });
  }
  for (std::thread& replica : replicas) replica.join();
  SqlSchema older = Schema();
  older.steps.clear();
  EXPECT_EQ(OpenSql(Database(), older).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace parlor::service
