#include "services/common/postgres/pool.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "services/common/postgres/errors.h"
#include "tests/services/common/postgres_server.h"

namespace parlor::service::postgres {
namespace {

using ::parlor::testing::PostgresServer;

PoolOptions OptionsFor(PostgresServer& server) {
  PoolOptions options;
  options.connect.uri = server.CreateDatabase();
  return options;
}

absl::Status Execute(Pool& pool, const std::string& sql) {
  return pool.Run([&](pqxx::nontransaction& tx) {
    tx.exec(sql);
    return absl::OkStatus();
  });
}

int64_t Count(Pool& pool, const std::string& sql) {
  int64_t count = -1;
  const absl::Status status = pool.Run([&](pqxx::nontransaction& tx) {
    count = tx.exec1(sql)[0].as<int64_t>();
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return count;
}

TEST(PostgresPool, CommitsWhatSucceedsAndRollsBackWhatFails) {
  PARLOR_WITH_POSTGRES(postgres);
  Pool pool(OptionsFor(postgres), {{"add", "INSERT INTO t VALUES ($1)"}});
  ASSERT_TRUE(Execute(pool, "CREATE TABLE t (n integer PRIMARY KEY)").ok());

  EXPECT_TRUE(pool.Transaction([](pqxx::work& tx) {
                    tx.exec_prepared("add", 1);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(pool.Transaction([](pqxx::work& tx) {
    tx.exec_prepared("add", 2);
    return absl::NotFoundError("changed my mind");
  }),
            absl::NotFoundError("changed my mind"));
  EXPECT_EQ(Count(pool, "SELECT count(*) FROM t"), 1);
  EXPECT_EQ(pool.in_use(), 0);
}

TEST(PostgresPool, ErrorsHaveTheirCodesAndTellNoSecrets) {
  PARLOR_WITH_POSTGRES(postgres);
  PoolOptions options = OptionsFor(postgres);
  options.connect.statement_timeout = absl::Milliseconds(50);
  Pool pool(options, {});
  ASSERT_TRUE(Execute(pool, "CREATE TABLE secret_table (n integer PRIMARY KEY CHECK (n > 0))").ok());
  ASSERT_TRUE(Execute(pool, "INSERT INTO secret_table VALUES (1)").ok());

  const struct {
    const char* sql;
    absl::StatusCode code;
  } cases[] = {
      {"INSERT INTO secret_table VALUES (1)", absl::StatusCode::kAlreadyExists},
      {"INSERT INTO secret_table VALUES (-1)", absl::StatusCode::kFailedPrecondition},
      {"SELECT pg_sleep(10) FROM secret_table", absl::StatusCode::kDeadlineExceeded},
      {"SELECT * FROM secret_table WHERE", absl::StatusCode::kInternal},
      {"SELECT '\xff' FROM secret_table", absl::StatusCode::kInvalidArgument},
      {"DO $$ BEGIN RAISE EXCEPTION 'secret_table' USING ERRCODE = '40001'; END $$",
       absl::StatusCode::kAborted},
      {"DO $$ BEGIN RAISE EXCEPTION 'secret_table' USING ERRCODE = '40P01'; END $$",
       absl::StatusCode::kAborted},
      {"DO $$ BEGIN RAISE EXCEPTION 'secret_table' USING ERRCODE = '53100'; END $$",
       absl::StatusCode::kResourceExhausted},
  };
  for (const auto& c : cases) {
    const absl::Status status = Execute(pool, c.sql);
    EXPECT_EQ(status.code(), c.code) << c.sql << ": " << status;
    EXPECT_EQ(status.message().find("secret_table"), absl::string_view::npos) << status;
    EXPECT_TRUE(status.GetPayload(kDetailPayload).has_value()) << c.sql;
  }
  EXPECT_TRUE(pool.Ping().ok());
}

TEST(PostgresPool, RetriesWhatWasAbortedAndGivesUpAtTheBound) {
  PARLOR_WITH_POSTGRES(postgres);
  PoolOptions options = OptionsFor(postgres);
  options.attempts = 3;
  Pool pool(options, {});
  int runs = 0;
  EXPECT_TRUE(pool.TransactionWithRetry([&](pqxx::work&) {
                    return ++runs < 3 ? absl::AbortedError("again") : absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(runs, 3);
  runs = 0;
  EXPECT_TRUE(absl::IsAborted(pool.TransactionWithRetry([&](pqxx::work&) {
    ++runs;
    return absl::AbortedError("again");
  })));
  EXPECT_EQ(runs, 3);
}

// Both read, both write what the other has read: one has to be started again, and then sees the other's row.
TEST(PostgresPool, SerializationFailuresAreRetriedUntilBothAreIn) {
  PARLOR_WITH_POSTGRES(postgres);
  Pool pool(OptionsFor(postgres), {});
  ASSERT_TRUE(Execute(pool, "CREATE TABLE t (n bigint)").ok());
  absl::Notification first_has_read;
  absl::Notification second_has_committed;
  const auto add_count = [&](absl::Notification* announce, absl::Notification* await) {
    return pool.TransactionWithRetry([&](pqxx::work& tx) {
      tx.exec("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
      const auto count = tx.exec1("SELECT count(*) FROM t")[0].as<int64_t>();
      if (announce != nullptr && !announce->HasBeenNotified()) announce->Notify();
      if (await != nullptr) await->WaitForNotification();
      tx.exec_params("INSERT INTO t VALUES ($1)", count);
      return absl::OkStatus();
    });
  };
  std::thread first([&] { EXPECT_TRUE(add_count(&first_has_read, &second_has_committed).ok()); });
  first_has_read.WaitForNotification();
  EXPECT_TRUE(add_count(nullptr, nullptr).ok());
  second_has_committed.Notify();
  first.join();
  EXPECT_EQ(Count(pool, "SELECT count(DISTINCT n) FROM t"), 2);
}

TEST(PostgresPool, NeverMoreConnectionsThanAllowedAndNoEndlessWait) {
  PARLOR_WITH_POSTGRES(postgres);
  PoolOptions options = OptionsFor(postgres);
  options.connections = 1;
  options.acquire_timeout = absl::Milliseconds(20);
  Pool pool(options, {});
  absl::Notification taken;
  absl::Notification release;
  std::thread holder([&] {
    EXPECT_TRUE(pool.Transaction([&](pqxx::work&) {
                      taken.Notify();
                      release.WaitForNotification();
                      return absl::OkStatus();
                    })
                    .ok());
  });
  taken.WaitForNotification();
  EXPECT_TRUE(absl::IsResourceExhausted(pool.Ping()));
  release.Notify();
  holder.join();
  EXPECT_TRUE(pool.Ping().ok());
}

TEST(PostgresPool, AConnectionThatTheServerEndedIsReplacedUnnoticed) {
  PARLOR_WITH_POSTGRES(postgres);
  PoolOptions options = OptionsFor(postgres);
  Pool pool(options, {{"one", "SELECT 1"}});
  const auto one = [&] {
    return pool.Run([](pqxx::nontransaction& tx) {
      tx.exec_prepared("one");
      return absl::OkStatus();
    });
  };
  ASSERT_TRUE(one().ok());
  const int64_t idle = Count(pool, "SELECT pg_backend_pid()");
  const auto other = Connect(options.connect);
  ASSERT_TRUE(other.ok()) << other.status();
  pqxx::nontransaction tx(**other);
  tx.exec_params("SELECT pg_terminate_backend($1)", idle);
  while (tx.exec_params("SELECT 1 FROM pg_stat_activity WHERE pid = $1", idle).size() != 0) {
    absl::SleepFor(absl::Milliseconds(1));
    tx.exec("SELECT pg_stat_clear_snapshot()");
  }
  EXPECT_TRUE(one().ok());
  EXPECT_NE(Count(pool, "SELECT pg_backend_pid()"), idle);
}

TEST(PostgresPool, AConnectionThatBreaksDuringATransactionIsUnavailableOnce) {
  PARLOR_WITH_POSTGRES(postgres);
  Pool pool(OptionsFor(postgres), {});
  const absl::Status status = pool.Transaction([](pqxx::work& tx) {
    tx.exec("SELECT pg_terminate_backend(pg_backend_pid())");
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(pool.Ping().ok());
  EXPECT_EQ(pool.in_use(), 0);
}

TEST(PostgresPool, SurvivesKillAndRestartOfTheServerAndKeepsWhatWasCommitted) {
  PARLOR_WITH_POSTGRES(postgres);
  Pool pool(OptionsFor(postgres), {{"add", "INSERT INTO t VALUES ($1)"}});
  ASSERT_TRUE(Execute(pool, "CREATE TABLE t (n integer)").ok());
  const auto add = [&](int n) {
    return pool.Transaction([n](pqxx::work& tx) {
      tx.exec_prepared("add", n);
      return absl::OkStatus();
    });
  };
  ASSERT_TRUE(add(1).ok());
  ASSERT_TRUE(postgres.Kill().ok());
  EXPECT_TRUE(absl::IsUnavailable(add(2))) << add(2);
  ASSERT_TRUE(postgres.Restart().ok());
  EXPECT_TRUE(add(3).ok());
  EXPECT_EQ(Count(pool, "SELECT sum(n) FROM t"), 4);

  ASSERT_TRUE(postgres.Stop().ok());
  EXPECT_TRUE(absl::IsUnavailable(add(4)));
  ASSERT_TRUE(postgres.Restart().ok());
  EXPECT_TRUE(add(5).ok());
}

}  // namespace
}  // namespace parlor::service::postgres
