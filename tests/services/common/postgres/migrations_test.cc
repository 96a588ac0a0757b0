#include "services/common/postgres/migrations.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/services/common/postgres_server.h"

namespace parlor::service::postgres {
namespace {

using ::parlor::testing::PostgresServer;

// The second step would fail if it ran twice; so would the first.
const std::vector<absl::string_view> kSteps = {
    "CREATE TABLE people (name text PRIMARY KEY)",
    "ALTER TABLE people ADD COLUMN age integer; INSERT INTO people VALUES ('ada', 36)",
};

int CountPeople(const ConnectOptions& options) {
  const auto connection = Connect(options);
  EXPECT_TRUE(connection.ok()) << connection.status();
  pqxx::nontransaction tx(**connection);
  return tx.exec1("SELECT count(age) FROM people")[0].as<int>();
}

TEST(PostgresMigrations, ManyReplicasAtOnceMigrateOnce) {
  PARLOR_WITH_POSTGRES(postgres);
  const ConnectOptions options{.uri = postgres.CreateDatabase()};
  std::vector<absl::Status> results(8);
  std::vector<std::thread> replicas;
  for (absl::Status& result : results) {
    replicas.emplace_back([&] { result = Migrate(options, "people", kSteps); });
  }
  for (std::thread& replica : replicas) replica.join();
  for (const absl::Status& result : results) EXPECT_TRUE(result.ok()) << result;
  EXPECT_EQ(CountPeople(options), 1);
}

TEST(PostgresMigrations, GoesOnFromTheVersionThatIsThere) {
  PARLOR_WITH_POSTGRES(postgres);
  const ConnectOptions options{.uri = postgres.CreateDatabase()};
  ASSERT_TRUE(Migrate(options, "people", {kSteps[0]}).ok());
  ASSERT_TRUE(Migrate(options, "people", kSteps).ok());
  EXPECT_EQ(CountPeople(options), 1);
}

TEST(PostgresMigrations, ComponentsHaveVersionsOfTheirOwn) {
  PARLOR_WITH_POSTGRES(postgres);
  const ConnectOptions options{.uri = postgres.CreateDatabase()};
  ASSERT_TRUE(Migrate(options, "people", kSteps).ok());
  EXPECT_TRUE(Migrate(options, "places", {"CREATE TABLE places (name text)"}).ok());
}

TEST(PostgresMigrations, AFailedStepLeavesNothingBehind) {
  PARLOR_WITH_POSTGRES(postgres);
  const ConnectOptions options{.uri = postgres.CreateDatabase()};
  EXPECT_FALSE(Migrate(options, "people", {kSteps[0], "ALTER TABLE nobody ADD COLUMN age integer"}).ok());
  EXPECT_TRUE(Migrate(options, "people", kSteps).ok());
}

TEST(PostgresMigrations, ADatabaseOfANewerProgramIsRefused) {
  PARLOR_WITH_POSTGRES(postgres);
  const ConnectOptions options{.uri = postgres.CreateDatabase()};
  ASSERT_TRUE(Migrate(options, "people", kSteps).ok());
  const absl::Status status = Migrate(options, "people", {kSteps[0]});
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_NE(status.message().find("newer program"), absl::string_view::npos) << status;
}

TEST(PostgresMigrations, NoServerIsUnavailable) {
  EXPECT_TRUE(absl::IsUnavailable(Migrate({.uri = "postgresql://127.0.0.1:1/nowhere"}, "people", kSteps)));
}

}  // namespace
}  // namespace parlor::service::postgres
