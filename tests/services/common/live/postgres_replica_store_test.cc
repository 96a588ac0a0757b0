// What the store of replicas makes of PostgreSQL when there is much: which rows it touches, in what order,
// and for how long.
#include "services/common/live/postgres/postgres_replica_store.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pqxx/pqxx"
#include "tests/services/common/postgres_server.h"
#include "tests/test_time.h"

namespace parlor::live::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(20);

SeatRecord RecordIn(const std::string& scope, const std::string& user, const std::string& replica) {
  SeatRecord record;
  record.seat = {
      .scope = scope, .user = user, .session = absl::StrCat(user, " of ", replica), .replica = replica};
  record.at = kTestStart;
  return record;
}

SeatDecision PutIn(const SeatRecord& record, size_t capacity = 0) {
  return {.scope = record.seat.scope,
          .user = record.seat.user,
          .capacity = capacity,
          .decide = [record](const SeatRecord*, bool) -> SeatDecision::Outcome { return record; }};
}

SeatDecision Free(const SeatRecord& record) {
  return PutIn(Freed(record.seat, Leaving::kReleased, "", kTestStart));
}

class PostgresStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PARLOR_WITH_POSTGRES(server);
    options_.connect.uri = server.CreateDatabase();
    options_.directory = "test";
    options_.lease = absl::Minutes(1);
    Open("setup");  // makes the tables
  }

  std::unique_ptr<PostgresReplicaStore> Open(const std::string& application) {
    PostgresStoreOptions options = options_;
    options.connect.application = application;
    auto store = PostgresReplicaStore::Open(options);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  ReplicaId Register(ReplicaStore& store, const std::string& name) {
    const auto id = store.Register(name);
    EXPECT_TRUE(id.ok()) << id.status();
    return *id;
  }

  pqxx::result Sql(const std::string& text) const {
    pqxx::connection connection(options_.connect.uri);
    pqxx::nontransaction tx(connection);
    return tx.exec(text);
  }
  int64_t Count(const std::string& text) const { return Sql(text)[0][0].as<int64_t>(); }
  // Of the server's own state, which tells nobody when it changes: asked again and again.
  void Await(const std::function<bool()>& condition) const {
    const absl::Time deadline = absl::Now() + kPatience;
    while (!condition()) {
      ASSERT_LT(absl::Now(), deadline);
      absl::SleepFor(absl::Milliseconds(10));
    }
  }
  // Sessions count what they do when they end.
  int64_t Counted(const std::string& what) const {
    Await([&] {
      return Count(
                 "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type "
                 "= 'client backend' AND pid <> pg_backend_pid()") == 0;
    });
    return Count(what);
  }
  int64_t Deadlocks() const {
    return Counted("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
  }
  int64_t WaitingForLocks() const {
    return Count(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = "
        "'Lock'");
  }
  // Whoever is `application` waits before it does `what` ("INSERT", "DELETE") with a seat of `user`, for as
  // long as the gate is shut.
  void MakeGate(absl::string_view what, absl::string_view application, absl::string_view user) {
    const absl::string_view row = what == "DELETE" ? "OLD" : "NEW";
    Sql(absl::Substitute(R"sql(
CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$$$ BEGIN
  IF current_setting('application_name') = '$1' AND $3.person = '$2' THEN
    PERFORM pg_advisory_xact_lock(1);
  END IF;
  RETURN $3;
END $$$$;
CREATE TRIGGER gate BEFORE $0 ON live_seats FOR EACH ROW EXECUTE FUNCTION gate())sql",
                         what, application, user, row));
  }

  PostgresStoreOptions options_;
};

class ShutGate {
 public:
  explicit ShutGate(const std::string& uri) : connection_(uri) { Exec("SELECT pg_advisory_lock(1)"); }
  void Open() { Exec("SELECT pg_advisory_unlock(1)"); }

 private:
  void Exec(const std::string& text) { pqxx::nontransaction(connection_).exec(text); }

  pqxx::connection connection_;
};

// A table that nobody has analysed yet, and statements whose plans are as old as its first rows.
TEST_F(PostgresStoreTest, PlansOfAnEmptyTableAreGoodForAFullOne) {
  Sql("ALTER TABLE live_seats SET (autovacuum_enabled = off)");
  {
    const auto a = Open("a"), b = Open("b");
    const ReplicaId ann = Register(*a, "a"), bob = Register(*b, "b");
    Versions seen;
    const auto change_one = [&](int round) {
      const std::string user = absl::StrCat("u", round % 8);
      const auto committed = a->Commit(ann, {PutIn(RecordIn("all", user, "a"))}, {});
      ASSERT_TRUE(committed.ok()) << committed.status();
      const auto news = b->Read(bob, seen);
      ASSERT_TRUE(news.ok()) << news.status();
      EXPECT_THAT(news->seats, SizeIs(1));
      seen = news->versions;
      EXPECT_TRUE(b->Adopt(bob, true, kTestStart, 100).ok());
    };
    for (int round = 0; round < 8; ++round) change_one(round);
    Sql("INSERT INTO live_seats (directory, scope, person, replica, writer, taken, version) "
        "SELECT 'test', 'all', 'many' || n, 'w', 'w', TRUE, n FROM generate_series(1, 40000) AS n");
    for (int round = 0; round < 16; ++round) change_one(round);
  }
  EXPECT_LT(Counted("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = "
                    "'live_seats'"),
            5'000);
}

// Statistics say that many seats are each replica's, and how many versions are above one that is asked for
// nobody knows: a plan that trusts in that reads the whole table whenever one seat has changed.
TEST_F(PostgresStoreTest, NothingReadsAllSeatsButASnapshot) {
  constexpr int kRounds = 8;  // from the sixth on, statements may have plans that know no parameters
  Sql(R"sql(
SELECT setval('live_incarnations', 100);
INSERT INTO live_replicas (directory, name, incarnation, version, lease, lapse_seen)
  SELECT 'test', 'w' || n, n, (n::bigint << 32) + 40000, 'infinity', FALSE FROM generate_series(1, 3) AS n
  UNION ALL SELECT 'test', 'gone', 4, 4::bigint << 32, now() - interval '1 minute', TRUE
  UNION ALL SELECT 'test', 'long gone', 4, 4::bigint << 32, now() - interval '11 minutes', TRUE;
INSERT INTO live_seats (directory, scope, person, details, replica, writer, taken, version, written)
  SELECT 'test', 'all', 'u' || n, repeat('x', 300), 'w' || w, 'w' || w, n > 1000, (w << 32) + n,
    now() - interval '11 minutes'
  FROM (SELECT n, 1 + n % 3::bigint AS w FROM generate_series(1, 40000) AS n) AS numbered)sql");
  Sql("ANALYZE");
  ReplicaId ann, bob;
  Versions seen;
  {
    const auto a = Open("a"), b = Open("b");
    ann = Register(*a, "a");
    bob = Register(*b, "b");
    const auto news = b->ReadAll(bob, {});
    ASSERT_TRUE(news.ok()) << news.status();
    EXPECT_THAT(news->seats, SizeIs(39'000));
    seen = news->versions;
  }
  const std::string scans = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'live_seats'";
  const std::string rows =
      "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'live_seats'";
  const int64_t scans_before = Counted(scans), rows_before = Counted(rows);
  {
    const auto a = Open("a"), b = Open("b");
    for (int round = 0; round < kRounds; ++round) {
      const auto committed = a->Commit(ann,
                                       {PutIn(RecordIn("all", absl::StrCat("u", 2'000 + round), "a")),
                                        PutIn(RecordIn("room", absl::StrCat("u", round), "a"), 100)},
                                       {{"b", "hello"}});
      ASSERT_TRUE(committed.ok()) << committed.status();
      const auto news = b->Read(bob, seen);
      ASSERT_TRUE(news.ok()) << news.status();
      EXPECT_THAT(news->seats, SizeIs(2));
      seen = news->versions;
      const auto adoption = b->Adopt(bob, true, kTestStart, 1'000);
      ASSERT_TRUE(adoption.ok()) << adoption.status();
      EXPECT_THAT(adoption->seats, IsEmpty());
      ASSERT_TRUE(b->Purge().ok());
    }
    EXPECT_EQ(Count("SELECT count(*) FROM live_replicas WHERE name LIKE '%gone'"), 1);
    Sql("UPDATE live_replicas SET lease = now() - interval '1 minute' WHERE name = 'w2'");
    for (int round = 0; round < kRounds; ++round) {
      const auto adoption = b->Adopt(bob, true, kTestStart, 100);
      ASSERT_TRUE(adoption.ok()) << adoption.status();
      EXPECT_THAT(adoption->seats, SizeIs(100));
    }
    EXPECT_THAT(a->Read(ann, seen)->seats, SizeIs(100 * kRounds));
  }
  EXPECT_EQ(Counted(scans), scans_before);
  EXPECT_LT(Counted(rows), rows_before + 10'000);
  EXPECT_EQ(Count("SELECT count(*) FROM live_seats WHERE NOT taken"), 0);
}

// Each statement has to be short, and the lease must not run out meanwhile, or the next thing that the
// replica does fails, and it begins anew.
TEST_F(PostgresStoreTest, ASnapshotMayTakeLongerThanAStatementAndALease) {
  Sql("INSERT INTO live_seats (directory, scope, person, taken, writer, version) "
      "SELECT 'test', 'all', 'u' || n, TRUE, 'w', 1 FROM generate_series(1, 24) AS n");
  Sql("ALTER TABLE live_seats RENAME TO slow_seats");
  Sql("CREATE VIEW live_seats AS SELECT * FROM slow_seats WHERE pg_sleep(0.05) IS NOT NULL");
  // Few rows, but they are to be read as many are: up to the end of a page.
  Sql(absl::StrCat("ALTER DATABASE ", Sql("SELECT current_database()")[0][0].c_str(),
                   " SET enable_seqscan = off"));
  options_.connect.statement_timeout = absl::Milliseconds(900);
  options_.lease = absl::Seconds(1);
  options_.page = 4;
  const auto a = Open("a");
  const ReplicaId ann = Register(*a, "a");
  const auto news = a->ReadAll(ann, {});
  ASSERT_TRUE(news.ok()) << news.status();
  EXPECT_THAT(news->seats, SizeIs(24));
  EXPECT_TRUE(a->Renew(ann).ok());
}

TEST_F(PostgresStoreTest, PagesOfASnapshotLeaveNobodyOut) {
  const auto fill = Open("fill");
  const ReplicaId filler = Register(*fill, "fill");
  Register(*fill, "a");
  std::vector<SeatDecision> decisions;
  for (const std::string scope : {"a", "a b", "B", "ä", "ab"}) {
    for (const std::string user : {"ann", "Ann", "bob", "ünï"}) {
      decisions.push_back(PutIn(RecordIn(scope, user, "fill")));
    }
  }
  ASSERT_TRUE(fill->Commit(filler, decisions, {{"a", "hello"}}).ok());
  for (size_t page = 1; page <= decisions.size() + 1; ++page) {
    options_.page = page;
    const auto a = Open("a");
    const ReplicaId ann = Register(*a, "a");
    const auto news = a->ReadAll(ann, {});
    ASSERT_TRUE(news.ok()) << news.status();
    std::set<std::pair<std::string, std::string>> keys;
    for (const SeatRecord& record : news->seats) keys.emplace(record.seat.scope, record.seat.user);
    EXPECT_THAT(keys, SizeIs(decisions.size())) << page;
    EXPECT_THAT(news->seats, SizeIs(decisions.size())) << page;
    EXPECT_THAT(news->letters, SizeIs(page == 1 ? 1 : 0));
  }
}

// One that has locked what is there before it makes what is not takes the two in another order than those for
// whom both are there.
TEST_F(PostgresStoreTest, SeatsAreLockedInOneOrderWhetherTheyAreThereOrNot) {
  MakeGate("INSERT", "a", "new");
  {
    const auto a = Open("a"), b = Open("b"), c = Open("c");
    const ReplicaId ann = Register(*a, "a"), bob = Register(*b, "b"), cid = Register(*c, "c");
    const auto both = [](const std::string& replica) {
      return std::vector{PutIn(RecordIn("s", "new", replica)), PutIn(RecordIn("s", "there", replica))};
    };
    ASSERT_TRUE(c->Commit(cid, {PutIn(RecordIn("s", "there", "c"))}, {}).ok());
    ShutGate gate(options_.connect.uri);
    std::thread first([&] { EXPECT_TRUE(a->Commit(ann, both("a"), {}).ok()); });
    Await([&] { return WaitingForLocks() == 1; });
    ASSERT_TRUE(c->Commit(cid, {PutIn(RecordIn("s", "new", "c"))}, {}).ok());
    std::atomic<bool> done = false;
    std::thread second([&] {
      EXPECT_TRUE(b->Commit(bob, both("b"), {}).ok());
      done = true;
    });
    Await([&] { return done || WaitingForLocks() == 2; });
    gate.Open();
    first.join();
    second.join();
  }
  EXPECT_EQ(Deadlocks(), 0);
}

// Forgotten seats go by their age, and commits by their names.
TEST_F(PostgresStoreTest, WhoForgetsSeatsWaitsForNobodyWhoTakesThem) {
  MakeGate("DELETE", "purger", "2");
  Sql("INSERT INTO live_seats (directory, scope, person, written) VALUES "
      "('test', 's', '2', now() - interval '12 minutes'), ('test', 's', '1', now() - interval '11 minutes')");
  {
    const auto a = Open("a"), purger = Open("purger");
    const ReplicaId ann = Register(*a, "a");
    ShutGate gate(options_.connect.uri);
    std::thread first([&] { EXPECT_TRUE(purger->Purge().ok()); });
    Await([&] { return WaitingForLocks() == 1; });
    std::thread second([&] {
      EXPECT_TRUE(a->Commit(ann, {PutIn(RecordIn("s", "1", "a")), PutIn(RecordIn("s", "2", "a"))}, {}).ok());
    });
    Await([&] { return WaitingForLocks() == 2; });
    gate.Open();
    first.join();
    second.join();
  }
  EXPECT_EQ(Deadlocks(), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM live_seats WHERE taken AND writer = 'a'"), 2);
}

TEST_F(PostgresStoreTest, WritersAdoptersAndPurgersDoNotDeadlock) {
  Sql("INSERT INTO live_replicas (directory, name, incarnation, version, lease, has_left) "
      "VALUES ('test', 'gone', 1, 1, now() - interval '1 minute', TRUE)");
  const absl::Time end = absl::Now() + absl::Seconds(2);
  std::vector<std::thread> threads;
  for (int writer = 0; writer < 3; ++writer) {
    threads.emplace_back([&, writer] {
      const std::string name = absl::StrCat("r", writer);
      const auto store = Open(name);
      const ReplicaId self = Register(*store, name);
      std::minstd_rand random(static_cast<unsigned>(writer));
      std::vector<int> users = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
      while (absl::Now() < end) {
        std::shuffle(users.begin(), users.end(), random);
        std::vector<SeatDecision> decisions;
        for (size_t i = 0; i < 6; ++i) {
          const SeatRecord record = RecordIn("s", absl::StrCat(users[i]), i % 3 == 0 ? "gone" : name);
          decisions.push_back(i % 3 == 1 ? Free(record) : PutIn(record, i == 0 ? 100 : 0));
        }
        EXPECT_TRUE(store->Commit(self, decisions, {{"", "hello"}}).ok());
        EXPECT_TRUE(store->Adopt(self, true, kTestStart, 3).ok());
        EXPECT_TRUE(store->Read(self, {}).ok());
      }
    });
  }
  threads.emplace_back([&] {
    const auto store = Open("purger");
    while (absl::Now() < end) {
      Sql("UPDATE live_seats SET written = now() - random() * interval '20 minutes' WHERE ctid = ANY (ARRAY("
          "SELECT ctid FROM live_seats WHERE NOT taken FOR UPDATE SKIP LOCKED))");
      EXPECT_TRUE(store->Purge().ok());
    }
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Deadlocks(), 0);
}

}  // namespace
}  // namespace parlor::live::testing
