// What a store of replicas promises, held by the one in memory and by PostgreSQL.
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pqxx/pqxx"
#include "services/common/live/postgres/postgres_doorbell.h"
#include "services/common/live/postgres/postgres_replica_store.h"
#include "tests/services/common/live/memory_replica_store.h"
#include "tests/services/common/postgres_server.h"

namespace parlor::live::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000) + absl::Nanoseconds(123'456'789);
constexpr absl::Duration kLease = absl::Seconds(1);

SeatRecord RecordOf(const std::string& user, const std::string& session, const std::string& replica) {
  SeatRecord record;
  record.seat = {.scope = "room \"1\"",
                 .user = user,
                 .device = "phone",
                 .session = session,
                 .replica = replica,
                 .details = "{\"text\":\"\\u0000 ünï\\n\"}",
                 .state = SeatState::kPresent,
                 .since = kNow,
                 .claimed_since = kNow - absl::Seconds(1)};
  record.at = kNow;
  return record;
}

SeatDecision Put(const SeatRecord& record) {
  return {.scope = record.seat.scope,
          .user = record.seat.user,
          .decide = [record](const SeatRecord*, bool) -> SeatDecision::Outcome { return record; }};
}

// Only if it is free and there is place.
SeatDecision PutIfFree(const SeatRecord& record, size_t capacity = 0) {
  return {.scope = record.seat.scope,
          .user = record.seat.user,
          .capacity = capacity,
          .decide = [record](const SeatRecord* before, bool full) -> SeatDecision::Outcome {
            if (full) return absl::ResourceExhaustedError("full");
            if (before != nullptr && before->taken) return absl::AlreadyExistsError("taken");
            return record;
          }};
}

enum class Kind { kMemory, kPostgres };

class ReplicaStoreTest : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kPostgres) {
      PARLOR_WITH_POSTGRES(server);
      database_ = server.CreateDatabase();
    }
  }

  std::unique_ptr<ReplicaStore> Open(const std::string& directory = "test") {
    if (GetParam() == Kind::kMemory) return std::make_unique<MemoryReplicaStore>(&shared_);
    auto store = PostgresReplicaStore::Open(Options(directory));
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  PostgresStoreOptions Options(const std::string& directory = "test") {
    PostgresStoreOptions options;
    options.connect.uri = database_;
    options.directory = directory;
    options.lease = kLease;
    return options;
  }
  ReplicaId Register(ReplicaStore& store, const std::string& name) {
    const auto id = store.Register(name);
    EXPECT_TRUE(id.ok()) << id.status();
    return *id;
  }
  void OutliveALease() {
    if (GetParam() == Kind::kMemory) return shared_.Advance(kLease * 1.1);
    absl::SleepFor(kLease * 1.1);  // the database's clock
  }
  Committed Commit(ReplicaStore& store, const ReplicaId& self, const std::vector<SeatDecision>& decisions,
                   const std::vector<Letter>& letters = {}) {
    absl::StatusOr<Committed> committed = store.Commit(self, decisions, letters);
    EXPECT_TRUE(committed.ok()) << committed.status();
    return *std::move(committed);
  }

  std::string database_;
  SharedSeats shared_{kLease};
};

INSTANTIATE_TEST_SUITE_P(Kinds, ReplicaStoreTest, ::testing::Values(Kind::kMemory, Kind::kPostgres),
                         [](const auto& kind) {
                           return kind.param == Kind::kMemory ? "Memory" : "Postgres";
                         });

TEST_P(ReplicaStoreTest, WhatIsWrittenIsReadAsItWas) {
  const auto a = Open(), b = Open();
  const ReplicaId ann = Register(*a, "a"), bob = Register(*b, "b");
  const SeatRecord record = RecordOf("ann \\ 'x'", "s1", "a");
  Commit(*a, ann, {Put(record)});
  for (const auto& news : {b->ReadAll(bob, {}), b->Read(bob, {})}) {
    ASSERT_TRUE(news.ok()) << news.status();
    ASSERT_THAT(news->seats, SizeIs(1));
    EXPECT_EQ(news->replicas, 2u);
    const Seat& seat = news->seats[0].seat;
    EXPECT_EQ(seat.scope, record.seat.scope);
    EXPECT_EQ(seat.user, record.seat.user);
    EXPECT_EQ(seat.device, record.seat.device);
    EXPECT_EQ(seat.session, record.seat.session);
    EXPECT_EQ(seat.replica, record.seat.replica);
    EXPECT_EQ(seat.details, record.seat.details);
    EXPECT_EQ(seat.state, record.seat.state);
    EXPECT_EQ(seat.since, record.seat.since);
    EXPECT_EQ(seat.claimed_since, record.seat.claimed_since);
    EXPECT_EQ(news->seats[0].at, record.at);
  }
}

TEST_P(ReplicaStoreTest, AReaderIsToldWhatIsNewAndNothingElse) {
  const auto a = Open(), b = Open();
  const ReplicaId ann = Register(*a, "a"), bob = Register(*b, "b");
  Commit(*a, ann, {Put(RecordOf("u1", "s1", "a")), Put(RecordOf("u2", "s2", "a"))});
  auto news = b->Read(bob, {});
  ASSERT_THAT(news->seats, SizeIs(2));
  EXPECT_THAT(b->Read(bob, news->versions)->seats, IsEmpty());
  Commit(*a, ann, {Put(Freed(RecordOf("u2", "s2", "a").seat, Leaving::kEvicted, "by bob", kNow))});
  news = b->Read(bob, news->versions);
  ASSERT_THAT(news->seats, SizeIs(1));
  EXPECT_FALSE(news->seats[0].taken);
  EXPECT_EQ(news->seats[0].leaving, Leaving::kEvicted);
  EXPECT_EQ(news->seats[0].note, "by bob");
  EXPECT_THAT(b->ReadAll(bob, {})->seats, SizeIs(1)) << "of those taken";
  EXPECT_THAT(b->ReadAll(bob, news->versions)->seats, SizeIs(1));
  Commit(*a, ann, {Put(Freed(RecordOf("u1", "s1", "a").seat, Leaving::kReleased, "", kNow))});
  EXPECT_THAT(b->ReadAll(bob, {})->seats, IsEmpty());
  EXPECT_THAT(b->ReadAll(bob, news->versions)->seats, SizeIs(1)) << "what was freed since";
}

TEST_P(ReplicaStoreTest, DecisionsSeeEachOtherAndWhatOthersWrote) {
  const auto a = Open(), b = Open();
  const ReplicaId ann = Register(*a, "a"), bob = Register(*b, "b");
  Commit(*a, ann, {PutIfFree(RecordOf("u1", "s1", "a"))});
  const Committed committed =
      Commit(*b, bob,
             {PutIfFree(RecordOf("u1", "s2", "b")), PutIfFree(RecordOf("u2", "s3", "b")),
              PutIfFree(RecordOf("u2", "s4", "b"))});
  EXPECT_EQ(committed.outcomes[0].status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(committed.outcomes[1].ok());
  EXPECT_EQ(committed.outcomes[2].status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(ReplicaStoreTest, CapacityCountsWhatIsTakenInTheScope) {
  const auto a = Open(), b = Open();
  const ReplicaId ann = Register(*a, "a"), bob = Register(*b, "b");
  Commit(*a, ann, {PutIfFree(RecordOf("u1", "s1", "a"), 2)});
  Committed committed =
      Commit(*b, bob, {PutIfFree(RecordOf("u2", "s2", "b"), 2), PutIfFree(RecordOf("u3", "s3", "b"), 2)});
  EXPECT_TRUE(committed.outcomes[0].ok());
  EXPECT_EQ(committed.outcomes[1].status().code(), absl::StatusCode::kResourceExhausted);
  Commit(*a, ann, {Put(Freed(RecordOf("u1", "s1", "a").seat, Leaving::kReleased, "", kNow))});
  committed = Commit(*b, bob, {PutIfFree(RecordOf("u3", "s3", "b"), 2)});
  EXPECT_TRUE(committed.outcomes[0].ok());
}

TEST_P(ReplicaStoreTest, WhoseLeaseRanOutCanDoNothingUntilItRegistersAnew) {
  const auto a = Open();
  const ReplicaId old = Register(*a, "a");
  OutliveALease();
  EXPECT_TRUE(absl::IsFailedPrecondition(a->Renew(old)));
  EXPECT_TRUE(absl::IsFailedPrecondition(a->Commit(old, {Put(RecordOf("u", "s", "a"))}, {}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(a->Read(old, {}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(a->ReadAll(old, {}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(a->Adopt(old, true, kNow, 10).status()));
  const ReplicaId fresh = Register(*a, "a");
  EXPECT_GT(fresh.incarnation, old.incarnation);
  EXPECT_TRUE(absl::IsFailedPrecondition(a->Renew(old))) << "the older incarnation";
  EXPECT_TRUE(a->Renew(fresh).ok());
  EXPECT_THAT(a->ReadAll(fresh, {})->seats, IsEmpty());
}

TEST_P(ReplicaStoreTest, SeatsOfTheDeadAreAdoptedOnce) {
  const auto a = Open(), b = Open();
  const ReplicaId dead = Register(*a, "a");
  Commit(*a, dead,
         {Put(RecordOf("u1", "s1", "a")), Put(RecordOf("u2", "s2", "a")), Put(RecordOf("u3", "s3", "a"))});
  OutliveALease();
  const ReplicaId bob = Register(*b, "b");
  EXPECT_THAT(b->Adopt(bob, /*judge=*/false, kNow, 10)->seats, IsEmpty());
  auto adoption = b->Adopt(bob, /*judge=*/true, kNow + absl::Seconds(5), 2);
  ASSERT_TRUE(adoption.ok()) << adoption.status();
  EXPECT_EQ(adoption->lapsed, 1u);
  ASSERT_THAT(adoption->seats, SizeIs(2));
  EXPECT_EQ(adoption->seats[0].seat.replica, "b");
  EXPECT_EQ(adoption->seats[0].seat.state, SeatState::kReconnecting);
  EXPECT_EQ(adoption->seats[0].seat.since, kNow + absl::Seconds(5));
  adoption = b->Adopt(bob, true, kNow, 2);
  EXPECT_THAT(adoption->seats, SizeIs(1));
  EXPECT_EQ(adoption->lapsed, 0u);
  EXPECT_THAT(b->Adopt(bob, true, kNow, 2)->seats, IsEmpty());
}

TEST_P(ReplicaStoreTest, WhoLeavesIsAdoptedWithoutJudgement) {
  const auto a = Open(), b = Open();
  const ReplicaId ann = Register(*a, "a"), bob = Register(*b, "b");
  Commit(*a, ann, {Put(RecordOf("u1", "s1", "a"))});
  ASSERT_TRUE(a->Leave(ann).ok());
  const auto adoption = b->Adopt(bob, false, kNow, 10);
  EXPECT_THAT(adoption->seats, SizeIs(1));
  EXPECT_EQ(adoption->lapsed, 0u);
}

TEST_P(ReplicaStoreTest, LettersArriveOnceInOrder) {
  const auto a = Open(), b = Open(), c = Open();
  const ReplicaId ann = Register(*a, "a"), bob = Register(*b, "b"), cid = Register(*c, "c");
  Commit(*a, ann, {}, {{"b", "1"}, {"", "2"}, {"nobody", "3"}});
  Commit(*c, cid, {}, {{"b", "4"}});
  EXPECT_THAT(b->Read(bob, {})->letters, ElementsAre("1", "2", "4"));
  EXPECT_THAT(b->Read(bob, {})->letters, IsEmpty());
  EXPECT_THAT(c->ReadAll(cid, {})->letters, ElementsAre("2"));
  EXPECT_THAT(a->Read(ann, {})->letters, IsEmpty());
}

// ---- PostgreSQL alone

class PostgresReplicaStoreTest : public ReplicaStoreTest {
 protected:
  pqxx::result Sql(const std::string& text) {
    pqxx::connection connection(database_);
    pqxx::nontransaction tx(connection);
    return tx.exec(text);
  }
};
INSTANTIATE_TEST_SUITE_P(Kinds, PostgresReplicaStoreTest, ::testing::Values(Kind::kPostgres),
                         [](const auto&) { return "Postgres"; });

TEST_P(PostgresReplicaStoreTest, DirectoriesDoNotSeeEachOther) {
  const auto presence = Open("presence"), rooms = Open("rooms");
  const ReplicaId a = Register(*presence, "a"), b = Register(*rooms, "a");
  Commit(*presence, a, {Put(RecordOf("u1", "s1", "a"))});
  EXPECT_THAT(rooms->ReadAll(b, {})->seats, IsEmpty());
  EXPECT_EQ(rooms->ReadAll(b, {})->replicas, 1u);
}

// The commit that drew its version first becomes visible last, as with any numbering by the database: here
// versions have one writer each, and nobody misses anything.
TEST_P(PostgresReplicaStoreTest, NothingIsMissedOfAWriterWhoseCommitIsDelayed) {
  const auto a = Open(), b = Open(), c = Open();
  const ReplicaId ann = Register(*a, "a"), bob = Register(*b, "b"), cid = Register(*c, "c");
  absl::Notification decided, go_on;
  std::thread slow([&] {
    SeatDecision decision = Put(RecordOf("u1", "s1", "a"));
    decision.decide = [&, decide = decision.decide](const SeatRecord* record, bool full) {
      if (!decided.HasBeenNotified()) decided.Notify();  // its version is taken, and nothing of it is visible
      go_on.WaitForNotification();
      return decide(record, full);
    };
    Commit(*a, ann, {decision});
  });
  decided.WaitForNotification();
  Commit(*b, bob, {Put(RecordOf("u2", "s2", "b"))});
  auto news = c->Read(cid, {});
  ASSERT_THAT(news->seats, SizeIs(1));
  EXPECT_EQ(news->seats[0].seat.user, "u2");
  go_on.Notify();
  slow.join();
  news = c->Read(cid, news->versions);
  ASSERT_THAT(news->seats, SizeIs(1));
  EXPECT_EQ(news->seats[0].seat.user, "u1");
}

TEST_P(PostgresReplicaStoreTest, ManyWritersAtTheSameSeatsAgree) {
  constexpr int kWriters = 4, kRounds = 25;
  std::atomic<int> won = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      const auto store = Open();
      const ReplicaId self = Register(*store, absl::StrCat("r", writer));
      for (int round = 0; round < kRounds; ++round) {
        std::vector<SeatDecision> decisions;
        for (int seat = 0; seat < 4; ++seat) {  // each in another order
          const int user = round * 4 + (seat + writer) % 4;
          const std::string session = absl::StrCat(user, "-", writer);
          decisions.push_back(PutIfFree(RecordOf(absl::StrCat("u", user), session, self.name), 60));
        }
        for (const auto& outcome : Commit(*store, self, decisions).outcomes) won += outcome.ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(won, 60);
  EXPECT_EQ(Sql("SELECT count(*) FROM live_seats WHERE taken")[0][0].as<int>(), 60);
}

TEST_P(PostgresReplicaStoreTest, WhatIsOldIsForgotten) {
  const auto a = Open();
  const ReplicaId ann = Register(*a, "a");
  Commit(*a, ann,
         {Put(RecordOf("u1", "s1", "a")),
          Put(Freed(RecordOf("u2", "s2", "a").seat, Leaving::kReleased, "", kNow))});
  ASSERT_TRUE(a->Purge().ok());
  EXPECT_EQ(Sql("SELECT count(*) FROM live_seats")[0][0].as<int>(), 2);
  Sql("UPDATE live_seats SET written = written - interval '11 minutes'");
  Sql("INSERT INTO live_replicas VALUES ('test', 'long gone', 1, 1, now() - interval '11 minutes')");
  Sql("INSERT INTO live_letters (directory, recipient, body, sent) VALUES ('test', 'x', 'y', now() - "
      "interval '2 minutes')");
  ASSERT_TRUE(a->Purge().ok());
  EXPECT_EQ(Sql("SELECT person FROM live_seats")[0][0].as<std::string>(), "u1");
  EXPECT_EQ(Sql("SELECT count(*) FROM live_replicas")[0][0].as<int>(), 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM live_letters")[0][0].as<int>(), 0);
}

TEST_P(PostgresReplicaStoreTest, TheDoorbellRingsForEachWrite) {
  const auto a = Open();
  const ReplicaId ann = Register(*a, "a");
  absl::Mutex mutex;
  std::vector<std::string> heard;
  PostgresDoorbell doorbell(Options().connect, ChannelOf("test"));
  doorbell.Start([&](const std::optional<Notice>& notice) {
    absl::MutexLock lock(&mutex);
    heard.push_back(notice.has_value() ? absl::StrCat(notice->replica, " ", notice->version) : "listens");
  });
  const auto hears = [&](size_t count) {
    absl::MutexLock lock(&mutex);
    const auto enough = [&] { return heard.size() >= count; };
    EXPECT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(20)));
    return heard;
  };
  EXPECT_THAT(hears(1), ElementsAre("listens"));
  const Committed committed = Commit(*a, ann, {Put(RecordOf("u1", "s1", "a"))});
  const std::string written = absl::StrCat("a ", committed.version);
  EXPECT_THAT(hears(2), ElementsAre("listens", written));
  // Its connection is cut: it comes back, and says that it may have missed something.
  Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
  EXPECT_THAT(hears(3), ElementsAre("listens", written, "listens"));
}

}  // namespace
}  // namespace parlor::live::testing
