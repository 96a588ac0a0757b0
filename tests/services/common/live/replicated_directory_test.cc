// Directories of several processes over a real PostgreSQL, with their threads and connections.
#include "services/common/live/replicated_directory.h"

#include <atomic>
#include <functional>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/live/await.h"
#include "services/common/live/postgres/postgres_doorbell.h"
#include "services/common/live/postgres/postgres_replica_store.h"
#include "services/common/stream/ticker.h"
#include "tests/services/common/live/change_names.h"
#include "tests/services/common/postgres_server.h"

namespace parlor::live::testing {
namespace {

using ::testing::ElementsAre;

// One process: a directory and what ticks it.
class Process {
 public:
  Process(const std::string& database, const ReplicatedOptions& options, bool deaf = false) {
    PostgresStoreOptions store_options;
    store_options.connect.uri = database;
    store_options.directory = "test";
    store_options.lease = options.replica.lease;
    auto store = PostgresReplicaStore::Open(store_options);
    EXPECT_TRUE(store.ok()) << store.status();
    std::unique_ptr<Doorbell> doorbell;
    if (!deaf) doorbell = std::make_unique<PostgresDoorbell>(store_options.connect, ChannelOf("test"));
    directory =
        std::make_unique<ReplicatedDirectory>(options, &clock_, *std::move(store), std::move(doorbell));
    directory->Observe([this](const Change& change) {
      absl::MutexLock lock(&mutex_);
      EXPECT_EQ(change.sequence, ++last_sequence_);
      log_.push_back(absl::StrCat(change.seat.user, " ", NameOf(change)));
    });
    directory->ReadLetters([this](absl::string_view letter) {
      absl::MutexLock lock(&mutex_);
      log_.push_back(absl::StrCat("letter ", letter));
    });
    const absl::Status started = directory->Start();
    EXPECT_TRUE(started.ok()) << started;
    ticker_ = std::make_unique<service::Ticker>(clock_, absl::Milliseconds(20),
                                                [this](absl::Time now) { directory->Tick(now); });
  }
  ~Process() {
    ticker_.reset();
    directory->Stop();
  }

  absl::Status Claim(SeatClaim claim) {
    return Await([&](Directory::Done done) {
      directory->Claim(
          std::move(claim), [this](Ended, absl::string_view) { ++ended; }, absl::Now(),
          [done = std::move(done)](const absl::StatusOr<ClaimAnswer>& answer) mutable {
            done(answer.status());
          });
    });
  }
  absl::Status Claim(const std::string& user, const std::string& device, const std::string& session,
                     bool takeover = false) {
    return Claim({.user = user, .device = device, .session = session, .takeover = takeover});
  }
  std::vector<std::string> log() const {
    absl::MutexLock lock(&mutex_);
    return log_;
  }

  std::unique_ptr<ReplicatedDirectory> directory;
  std::atomic<int> ended = 0;

 private:
  const SystemClock clock_;
  mutable absl::Mutex mutex_;
  std::vector<std::string> log_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<service::Ticker> ticker_;
};

class ReplicatedDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PARLOR_WITH_POSTGRES(server);
    postgres_ = &server;
    database_ = server.CreateDatabase();
    options_.replica.lease = absl::Seconds(3);
    options_.replica.renew_every = absl::Milliseconds(500);
    options_.replica.grace = absl::Seconds(2);
    options_.replica.retry_every = absl::Milliseconds(100);
    options_.replica.patience = absl::Milliseconds(700);
    options_.replica.adopt_every = absl::Milliseconds(100);
  }
  std::unique_ptr<Process> Make(bool deaf = false) {
    return std::make_unique<Process>(database_, options_, deaf);
  }
  // The doorbell's own connection stands: one that is being made has a time limit of its own.
  void AwaitDoorbell() {
    pqxx::connection connection(database_);
    const auto listens = [&] {
      pqxx::work work(connection);
      return work.exec1(
                     "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                     "AND query LIKE 'LISTEN%'")[0]
                 .as<int>() > 0;
    };
    Eventually(listens, "the doorbell listens");
  }
  // The condition holds within 20 s.
  static void Eventually(const std::function<bool()>& condition, const char* what) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (!condition()) {
      ASSERT_LT(absl::Now(), end) << what;
      absl::SleepFor(absl::Milliseconds(5));
    }
  }
  static std::function<bool()> Knows(Process& process, const std::string& user, const std::string& session) {
    return [&process, user, session] {
      const auto seat = process.directory->Find("", user);
      return session.empty() ? !seat.has_value() : seat.has_value() && seat->session == session;
    };
  }

  parlor::testing::PostgresServer* postgres_ = nullptr;
  std::string database_;
  ReplicatedOptions options_;
};

TEST_F(ReplicatedDirectoryTest, WhatOneProcessDoesTheOthersHear) {
  const auto a = Make(), b = Make();
  ASSERT_TRUE(a->Claim("ann", "phone", "s1").ok());
  EXPECT_EQ(a->directory->Find("", "ann")->session, "s1") << "at once, where it was claimed";
  Eventually(Knows(*b, "ann", "s1"), "b hears of ann");
  EXPECT_TRUE(absl::IsAlreadyExists(b->Claim("ann", "laptop", "s2")));
  ASSERT_TRUE(b->Claim("ann", "laptop", "s3", /*takeover=*/true).ok());
  Eventually([&] { return a->ended == 1; }, "a's session is told");
  EXPECT_TRUE(a->directory->Send("", "hello"));
  Eventually([&] { return !b->log().empty() && b->log().back() == "letter hello"; }, "the letter arrives");
  EXPECT_THAT(b->log(), ElementsAre("ann joined", "ann moved", "letter hello"));
  EXPECT_LT(a->directory->Age(), absl::Seconds(2));
}

TEST_F(ReplicatedDirectoryTest, CallbacksThatTakeLongCostNoLease) {
  absl::Notification stuck, go_on;  // outlive the thread that waits
  const auto a = Make(), b = Make();
  ASSERT_TRUE(Await([&](Directory::Done done) {
                a->directory->Claim(
                    {.user = "ann", .device = "phone", .session = "s1"},
                    [&](Ended, absl::string_view) {
                      stuck.Notify();
                      go_on.WaitForNotification();
                    },
                    absl::Now(),
                    [done = std::move(done)](const auto& answer) mutable { done(answer.status()); });
              }).ok());
  ASSERT_TRUE(b->Claim("ann", "laptop", "s2", /*takeover=*/true).ok());
  stuck.WaitForNotification();
  const absl::Time end = absl::Now() + 1.5 * options_.replica.lease;
  Eventually([&] { return absl::Now() > end; }, "the lease would have run out");
  EXPECT_EQ(b->directory->stats().lapsed, 0);
  EXPECT_TRUE(a->directory->Send("", "still here"));
  Eventually([&] { return b->log().back() == "letter still here"; }, "it is written");
  go_on.Notify();
}

TEST_F(ReplicatedDirectoryTest, OfRacingDevicesEverywhereExactlyOneWins) {
  const auto a = Make(), b = Make(), c = Make();
  std::vector<std::thread> racers;
  std::atomic<int> won = 0, refused = 0;
  for (int i = 0; i < 16; ++i) {
    racers.emplace_back([&, i] {
      Process& process = i % 3 == 0 ? *a : i % 3 == 1 ? *b : *c;
      const absl::Status answer = process.Claim("ann", absl::StrCat("d", i), absl::StrCat("s", i));
      won += answer.ok() ? 1 : 0;
      refused += absl::IsAlreadyExists(answer) ? 1 : 0;
    });
  }
  for (std::thread& racer : racers) racer.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(refused, 15);
}

TEST_F(ReplicatedDirectoryTest, WithoutNotificationsThePollBringsTheNews) {
  const auto a = Make(), b = Make(/*deaf=*/true);
  ASSERT_TRUE(a->Claim("ann", "phone", "s1").ok());
  const absl::Time claimed = absl::Now();
  Eventually(Knows(*b, "ann", "s1"), "b hears of ann");
  EXPECT_LE(absl::Now() - claimed, options_.replica.poll_every + absl::Seconds(2));
}

TEST_F(ReplicatedDirectoryTest, WhileTheDatabaseIsAwayReadsAreAnsweredAndClaimsRefused) {
  const auto a = Make(), b = Make();
  ASSERT_TRUE(a->Claim("ann", "phone", "s1").ok());
  Eventually(Knows(*b, "ann", "s1"), "b hears of ann");
  ASSERT_TRUE(postgres_->Kill().ok());
  EXPECT_TRUE(absl::IsUnavailable(b->Claim("bob", "phone", "s2")));
  a->directory->Update("s1", "busy", absl::Now());
  Eventually([&] { return b->directory->Age() > absl::Seconds(1); }, "what is read grows old");
  EXPECT_EQ(b->directory->Find("", "ann")->session, "s1");
  EXPECT_FALSE(b->directory->Send("", "letter"));
  absl::SleepFor(options_.replica.lease);  // every lease ends meanwhile

  ASSERT_TRUE(postgres_->Restart().ok());
  Eventually([&] { return b->directory->Find("", "ann")->details == "busy"; }, "b hears what ann said");
  ASSERT_TRUE(b->Claim("bob", "phone", "s3").ok());
  Eventually([&] { return a->log().back() == "bob joined"; }, "a hears of bob");
  EXPECT_EQ(a->ended, 0);
  EXPECT_THAT(a->log(), ElementsAre("ann joined", "ann updated", "ann kept", "bob joined"));
  EXPECT_THAT(b->log(), ElementsAre("ann joined", "ann updated", "bob joined"));
}

// A database that takes connections and answers nothing: the thread that asked it waits, and nobody else
// does.
TEST_F(ReplicatedDirectoryTest, ClaimsAreRefusedInTimeWhenTheDatabaseStandsStill) {
  const auto a = Make();
  ASSERT_TRUE(postgres_->Freeze().ok());
  const absl::Time start = absl::Now();
  EXPECT_TRUE(absl::IsUnavailable(a->Claim("ann", "phone", "s1")));
  EXPECT_LT(absl::Now() - start, options_.replica.patience + absl::Seconds(2));
  ASSERT_TRUE(postgres_->Thaw().ok());
  Eventually([&] { return a->Claim("ann", "phone", "s2").ok(); }, "ann is let in");
}

TEST_F(ReplicatedDirectoryTest, OneEndsInTimeWhenTheDatabaseStandsStill) {
  const auto a = Make();
  ASSERT_TRUE(a->Claim("ann", "phone", "s1").ok());
  AwaitDoorbell();
  ASSERT_TRUE(postgres_->Freeze().ok());
  EXPECT_TRUE(absl::IsUnavailable(a->Claim("bob", "phone", "s2"))) << "its thread waits for an answer";
  const absl::Time start = absl::Now();
  a->directory->Stop();
  EXPECT_LT(absl::Now() - start, options_.farewell + absl::Seconds(3));
  ASSERT_TRUE(postgres_->Thaw().ok());
}

TEST_F(ReplicatedDirectoryTest, WhoLeavesHandsItsPeopleOver) {
  const auto b = Make();
  {
    const auto a = Make();
    ASSERT_TRUE(a->Claim("ann", "phone", "s1").ok());
    ASSERT_TRUE(a->Claim("bob", "phone", "s2").ok());
    a->directory->Drain(absl::Now() + absl::Seconds(1));
    a->directory->Lose("s1", absl::Now());
    a->directory->Lose("s2", absl::Now());
    ASSERT_TRUE(b->Claim("ann", "phone", "s3").ok());
  }
  Eventually([&] { return b->log().back() == "bob grace ended"; }, "the grace ends");
  EXPECT_EQ(b->directory->Find("", "ann")->session, "s3");
  std::vector<std::string> of_bob;
  for (const std::string& line : b->log()) {
    if (absl::StartsWith(line, "bob")) of_bob.push_back(line);
  }
  EXPECT_THAT(of_bob, ElementsAre("bob joined", "bob reconnecting", "bob grace ended"));
  EXPECT_EQ(b->directory->stats().lapsed, 0u);
}

TEST_F(ReplicatedDirectoryTest, ADatabaseThatCannotBeReachedIsToldAtTheStart) {
  const auto a = Make();  // makes the tables
  PostgresStoreOptions store_options;
  store_options.connect.uri = database_;
  store_options.directory = "test";
  auto store = PostgresReplicaStore::Open(store_options);
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE(postgres_->Stop().ok());
  const SystemClock clock;
  ReplicatedDirectory directory(options_, &clock, *std::move(store), nullptr);
  EXPECT_TRUE(absl::IsUnavailable(directory.Start()));
  directory.Stop();
  ASSERT_TRUE(postgres_->Restart().ok());
}

TEST_F(ReplicatedDirectoryTest, WhatWaitsIsAnsweredAtTheEnd) {
  auto a = Make();
  ASSERT_TRUE(postgres_->Stop().ok());
  absl::Status answer = absl::OkStatus();
  a->directory->Claim({.user = "ann", .device = "d", .session = "s"}, nullptr, absl::Now(),
                      [&](const absl::StatusOr<ClaimAnswer>& claimed) { answer = claimed.status(); });
  a.reset();
  EXPECT_TRUE(absl::IsUnavailable(answer));
  ASSERT_TRUE(postgres_->Restart().ok());
}

TEST_F(ReplicatedDirectoryTest, ManyThreadsAtSeveralProcessesAgreeInTheEnd) {
  options_.replica.patience = absl::Seconds(20);
  const auto a = Make(), b = Make();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      Process& process = i % 2 == 0 ? *a : *b;
      for (int round = 0; round < 10; ++round) {
        const std::string user = absl::StrCat("u", (i + round) % 5), session = absl::StrCat(i, "-", round);
        if (!process.Claim(user, absl::StrCat("d", i), session, round % 2 == 0).ok()) continue;
        process.directory->Update(session, "said", absl::Now());
        if (round % 3 == 0) process.directory->Release(session, absl::Now());
        if (round % 3 == 1) process.directory->Lose(session, absl::Now());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto show = [](Process& process) {
    std::vector<std::string> seats;
    for (const Seat& seat : process.directory->List({.limit = 100})) {
      seats.push_back(absl::StrCat(seat.user, seat.session, seat.details, seat.state == SeatState::kPresent));
    }
    return seats;
  };
  Eventually(
      [&] {
        const bool quiet = a->directory->stats().waiting == 0 && b->directory->stats().waiting == 0;
        return quiet && show(*a) == show(*b);
      },
      "they agree");
}

}  // namespace
}  // namespace parlor::live::testing
