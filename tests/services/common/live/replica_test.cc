// Replicas that share a directory, on virtual time and a store in memory.
#include "services/common/live/replica.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/common/live/replica_world.h"

namespace parlor::live::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kLease = absl::Seconds(10);
constexpr absl::Duration kGrace = absl::Seconds(20);
constexpr absl::Duration kMoment =
    absl::Milliseconds(200);  // a commit, and a read by those who were notified

class ReplicaTest : public ::testing::Test {
 protected:
  ReplicaTest() {
    world_.Add("a");
    world_.Add("b");
    world_.Pass(absl::Seconds(1));
  }

  ReplicaProcess& a() { return world_["a"]; }
  ReplicaProcess& b() { return world_["b"]; }
  void ForgetLogs() {
    for (auto& [name, process] : world_.processes()) process->TakeLog();
  }
  const Seat* Find(ReplicaProcess& at, const std::string& user, const std::string& scope = "") {
    return at.replica.seats().Find(scope, user);
  }
  void Lose(ReplicaProcess& at, const std::string& session) { at.replica.Lose(session, world_.now().wall); }
  void Release(ReplicaProcess& at, const std::string& session) {
    at.replica.Release(session, world_.now().wall);
  }
  // Of an edit or an eviction.
  Directory::Done Into(absl::Status& status) {
    return [&status](absl::Status answer) { status = std::move(answer); };
  }

  ReplicaWorld world_;
};

TEST_F(ReplicaTest, WhatOneWritesTheOtherHears) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  EXPECT_EQ(Find(b(), "ann")->replica, "a");
  a().replica.Update("s1", "busy", world_.now().wall);
  world_.Pass(kMoment);
  EXPECT_EQ(Find(b(), "ann")->details, "busy");
  Lose(a(), "s1");
  world_.Pass(kMoment);
  Release(a(), "s1");
  world_.Pass(kMoment);
  EXPECT_EQ(Find(b(), "ann"), nullptr);
  EXPECT_THAT(b().TakeLog(), ElementsAre("ann joined", "ann updated", "ann reconnecting", "ann released"));
  EXPECT_THAT(a().TakeLog(), ElementsAre("ann joined", "ann updated", "ann reconnecting", "ann released"));
}

TEST_F(ReplicaTest, OfRacingDevicesAtDifferentReplicasOneWins) {
  a().Claim({.user = "ann", .device = "phone", .session = "s1"}, world_.now());
  b().Claim({.user = "ann", .device = "laptop", .session = "s2"}, world_.now());
  world_.Pass(kMoment);
  const bool phone = a().answers["s1"] == absl::StatusCode::kOk;
  EXPECT_EQ(a().answers["s1"], phone ? absl::StatusCode::kOk : absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(b().answers["s2"], phone ? absl::StatusCode::kAlreadyExists : absl::StatusCode::kOk);
  EXPECT_EQ(Find(a(), "ann")->session, Find(b(), "ann")->session);
}

TEST_F(ReplicaTest, TakeoverReachesTheHolderElsewhere) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  ASSERT_FALSE(world_.Claim("b", "ann", "laptop", "s2"));
  ASSERT_TRUE(world_.Claim("b", "ann", "laptop", "s3", /*takeover=*/true));
  EXPECT_THAT(a().TakeLog(), ElementsAre("ann joined", "s1 told taken over", "ann moved"));
  Lose(a(), "s1");  // its stream ends now; the seat is somebody else's
  world_.Pass(kMoment);
  EXPECT_EQ(Find(b(), "ann")->state, SeatState::kPresent);
}

TEST_F(ReplicaTest, TheSameDeviceMovesToAnotherReplicaWithoutAFlap) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  ASSERT_TRUE(world_.Claim("b", "ann", "phone", "s2"));
  EXPECT_THAT(a().TakeLog(), ElementsAre("ann joined", "s1 told replaced", "ann returned"));
  EXPECT_THAT(b().TakeLog(), ElementsAre("ann joined", "ann returned"));
}

TEST_F(ReplicaTest, CapacityHoldsAcrossReplicas) {
  for (int i = 0; i < 6; ++i) {
    (i % 2 == 0 ? a() : b())
        .Claim({.scope = "room",
                .user = absl::StrCat("u", i),
                .device = "d",
                .session = absl::StrCat("s", i),
                .capacity = 3},
               world_.now());
  }
  world_.Pass(kMoment);
  EXPECT_EQ(a().replica.seats().Count("room"), 3u);
  EXPECT_EQ(b().replica.seats().Count("room"), 3u);
}

TEST_F(ReplicaTest, EditsAndEvictionsReachAnySeat) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1", false, "room"));
  ForgetLogs();
  absl::Status edited, evicted, nobody;
  b().replica.Edit(
      "room", "ann", [](const std::string& details) { return details + "!"; }, world_.now(), Into(edited));
  b().replica.Evict("room", "bob", "", world_.now(), Into(nobody));
  world_.Pass(kMoment);
  EXPECT_TRUE(edited.ok());
  EXPECT_TRUE(absl::IsNotFound(nobody));
  EXPECT_EQ(Find(a(), "ann", "room")->details, "details of s1!");
  b().replica.Evict("room", "ann", " by bob", world_.now(), Into(evicted));
  world_.Pass(kMoment);
  EXPECT_THAT(a().TakeLog(), ElementsAre("ann updated", "s1 told evicted by bob", "ann evicted  by bob"));
}

TEST_F(ReplicaTest, LettersGoToOneOrToAllOthers) {
  world_.Add("c");
  world_.Pass(kMoment);
  EXPECT_TRUE(a().replica.Send("b", "to b", world_.now()));
  EXPECT_TRUE(a().replica.Send("", "to all", world_.now()));
  EXPECT_FALSE(a().replica.Send("a", "to myself", world_.now()));
  world_.Pass(kMoment);
  EXPECT_THAT(a().TakeLog(), IsEmpty());
  EXPECT_THAT(b().TakeLog(), ElementsAre("letter to b", "letter to all"));
  EXPECT_THAT(world_["c"].TakeLog(), ElementsAre("letter to all"));
}

TEST_F(ReplicaTest, ALetterThatWasTakenOutlivesAFailedCommit) {
  EXPECT_TRUE(a().replica.Send("b", "one", world_.now()));
  EXPECT_TRUE(a().replica.Send("b", "two", world_.now()));
  world_.shared.SetAway(true);
  world_.Pass(absl::Milliseconds(500));
  world_.shared.SetAway(false);
  world_.Pass(absl::Seconds(2));
  EXPECT_THAT(b().TakeLog(), ElementsAre("letter one", "letter two"));
  EXPECT_TRUE(a().replica.Send("b", "three", world_.now()));
  world_.shared.SetAway(true);
  world_.Pass(world_.options.patience + absl::Seconds(1));
  world_.shared.SetAway(false);
  world_.Pass(absl::Seconds(2));
  EXPECT_THAT(b().TakeLog(), IsEmpty()) << "nobody waits for it any more";
}

TEST_F(ReplicaTest, ALetterMayComeTwiceWhenAnAnswerWasLost) {
  EXPECT_TRUE(a().replica.Send("b", "hello", world_.now()));
  world_.shared.LoseNextAnswer();
  world_.Pass(absl::Seconds(3));
  EXPECT_THAT(b().TakeLog(), ElementsAre("letter hello", "letter hello"));
}

TEST_F(ReplicaTest, WithoutNotificationsThePollTells) {
  b().deaf = true;
  world_.Claim("a", "ann", "phone", "s1");
  EXPECT_EQ(Find(b(), "ann"), nullptr);
  world_.Pass(world_.options.poll_every);
  EXPECT_NE(Find(b(), "ann"), nullptr);
}

TEST_F(ReplicaTest, WhatARequestToReadCoversIsNotReadAgain) {
  ASSERT_TRUE(world_.Claim("b", "ann", "phone", "s1"));
  world_.Pass(world_.options.poll_every);
  a().delay = absl::Milliseconds(200);
  a().store.reads = 0;
  for (const char* details : {"one", "two"}) {
    b().replica.Update("s1", details, world_.now().wall);
    world_.Pass(absl::Milliseconds(100));
  }
  world_.Pass(absl::Seconds(1));
  EXPECT_EQ(Find(a(), "ann")->details, "two");
  EXPECT_EQ(a().store.reads, 1);
}

TEST_F(ReplicaTest, SteadyNewsKeepNobodyFromAdopting) {
  world_.Add("c");
  ASSERT_TRUE(world_.Claim("b", "ann", "phone", "s1"));
  ASSERT_TRUE(world_.Claim("c", "bob", "phone", "s2"));
  world_.Pass(kLease + kGrace);
  b().replica.Drain();  // it adopts nobody any more
  a().delay = absl::Milliseconds(50);
  world_.Kill("c");
  ForgetLogs();
  for (int i = 0; i < 600; ++i) {
    b().replica.Update("s1", absl::StrCat(i), world_.now().wall);
    world_.Pass(absl::Milliseconds(25));
  }
  EXPECT_THAT(a().TakeLog(), Contains("bob reconnecting"));
}

TEST_F(ReplicaTest, AKilledReplicasPeopleComeBackElsewhereWithoutAFlap) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  ASSERT_TRUE(world_.Claim("a", "bob", "phone", "s2"));
  world_.Pass(kLease + kGrace);
  ForgetLogs();
  world_.Kill("a");
  world_.Pass(absl::Seconds(2));
  ASSERT_TRUE(world_.Claim("b", "ann", "phone", "s3"));  // long before the lease runs out
  world_.Pass(kLease);
  EXPECT_THAT(b().TakeLog(), ElementsAre("ann returned", "bob reconnecting"));
  EXPECT_EQ(b().replica.lapsed(), 1u);
  world_.Pass(kGrace);
  EXPECT_THAT(b().TakeLog(), ElementsAre("bob grace ended"));
}

TEST_F(ReplicaTest, WhoWasCutOffJudgesNobodyForALeaseAndAGrace) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  world_.Pass(kLease + kGrace);
  b().store.SetCutOff(true);
  world_.Pass(absl::Seconds(30));
  world_.Kill("a");
  world_.Pass(kLease);
  b().store.SetCutOff(false);
  ForgetLogs();
  world_.Pass(kLease + kGrace - absl::Seconds(1));
  EXPECT_THAT(b().TakeLog(), IsEmpty());
  world_.Pass(absl::Seconds(3));
  EXPECT_THAT(b().TakeLog(), ElementsAre("ann reconnecting"));
}

TEST_F(ReplicaTest, AFrozenReplicaThatWasTakenForDeadTakesItsPeopleBack) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  world_.Pass(kLease + kGrace);
  a().frozen = true;
  world_.Pass(kLease + absl::Seconds(2));
  EXPECT_EQ(Find(b(), "ann")->state, SeatState::kReconnecting);
  EXPECT_EQ(Find(b(), "ann")->replica, "b");
  ForgetLogs();
  a().frozen = false;
  world_.Pass(absl::Seconds(1));
  EXPECT_EQ(Find(b(), "ann")->replica, "a");
  EXPECT_THAT(b().TakeLog(), ElementsAre("ann returned"));
  EXPECT_THAT(a().TakeLog(), ElementsAre("ann kept")) << "nothing has happened in the eyes of its own people";
  world_.Pass(kGrace * 2);
  EXPECT_NE(Find(b(), "ann"), nullptr);
}

TEST_F(ReplicaTest, AFrozenReplicasPeopleAreThereAgainEvenAfterTheGrace) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  world_.Pass(kLease + kGrace);
  a().frozen = true;
  world_.Pass(kLease + kGrace + absl::Seconds(5));
  EXPECT_EQ(Find(b(), "ann"), nullptr);
  a().frozen = false;
  world_.Pass(absl::Seconds(1));
  EXPECT_EQ(Find(b(), "ann")->session, "s1");
  EXPECT_TRUE(a().ended().empty());
}

// A moderator, say, was told that nobody is there, and cannot know that somebody comes back.
TEST_F(ReplicaTest, WhoseSeatWasFreedByMistakeIsToldAsKept) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  world_.Pass(kLease + kGrace);
  a().frozen = true;
  world_.Pass(kLease + kGrace + absl::Seconds(5));
  absl::Status evicted;
  b().replica.Evict("", "ann", "", world_.now(), Into(evicted));
  world_.Pass(kMoment);
  EXPECT_TRUE(absl::IsNotFound(evicted));
  ForgetLogs();
  a().frozen = false;
  world_.Pass(absl::Seconds(1));
  EXPECT_THAT(a().TakeLog(), ElementsAre("ann kept"));
  EXPECT_THAT(b().TakeLog(), ElementsAre("ann joined"));
}

TEST_F(ReplicaTest, WhoseSeatWasForgottenIsToldAsKeptByTheirOwnReplica) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  ASSERT_TRUE(world_.Claim("a", "bob", "phone", "s2"));
  world_.Pass(kLease + kGrace);
  ForgetLogs();
  Release(a(), "s2");
  world_.shared.Crash();
  world_.Pass(absl::Seconds(3));
  EXPECT_THAT(a().TakeLog(), ElementsAre("ann kept", "bob released"));
  EXPECT_THAT(b().TakeLog(), ElementsAre("bob released"));
}

TEST_F(ReplicaTest, ASeatIsToldAsKeptEvenIfTheAnswerWasLost) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  world_.Pass(kLease + kGrace);
  a().frozen = true;
  world_.Pass(kLease + kGrace + absl::Seconds(5));
  ForgetLogs();
  a().frozen = false;
  world_.shared.LoseNextAnswer();
  world_.Pass(absl::Seconds(3));
  EXPECT_THAT(a().TakeLog(), ElementsAre("ann kept"));
}

TEST_F(ReplicaTest, AFrozenReplicasPeopleWhoWentElsewhereAreLeftThere) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  world_.Pass(kLease + kGrace);
  a().frozen = true;
  world_.Pass(absl::Seconds(15));
  ASSERT_TRUE(world_.Claim("b", "ann", "phone", "s2"));
  a().frozen = false;
  world_.Pass(absl::Seconds(1));
  EXPECT_EQ(Find(a(), "ann")->session, "s2");
  EXPECT_EQ(a().ended().at("s1"), 1);
}

TEST_F(ReplicaTest, WhoWasEvictedWhileTheReplicaWasFrozenIsTold) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1", false, "room"));
  a().frozen = true;
  world_.Pass(absl::Seconds(15));
  absl::Status evicted;
  b().replica.Evict("room", "ann", " by bob", world_.now(), Into(evicted));
  world_.Pass(kMoment);
  ASSERT_TRUE(evicted.ok());
  a().frozen = false;
  ForgetLogs();
  world_.Pass(absl::Seconds(1));
  EXPECT_THAT(a().TakeLog(), ElementsAre("s1 told evicted by bob", "ann evicted  by bob"));
  EXPECT_EQ(Find(b(), "ann", "room"), nullptr);
}

TEST_F(ReplicaTest, WhileTheStoreIsAwayEverybodyStaysAndClaimsAreRefused) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  ASSERT_TRUE(world_.Claim("b", "bob", "phone", "s2"));
  world_.Pass(kLease + kGrace);
  ForgetLogs();
  world_.shared.SetAway(true);
  absl::Status edited;
  a().replica.Edit(
      "", "bob", [](const std::string&) { return "x"; }, world_.now(), Into(edited));
  a().Claim({.user = "cid", .device = "d", .session = "s3"}, world_.now());
  a().replica.Update("s1", "busy", world_.now().wall);
  world_.Pass(absl::Seconds(60));
  EXPECT_TRUE(absl::IsUnavailable(edited));
  EXPECT_EQ(a().answers["s3"], absl::StatusCode::kUnavailable);
  EXPECT_GE(a().replica.Age(world_.now().up), absl::Seconds(55));
  EXPECT_FALSE(a().replica.Send("b", "letter", world_.now()));
  EXPECT_THAT(a().TakeLog(), IsEmpty());

  world_.shared.SetAway(false);
  world_.Pass(absl::Seconds(2));
  EXPECT_EQ(Find(b(), "ann")->details, "busy");
  EXPECT_LT(a().replica.Age(world_.now().up), absl::Seconds(3));
  world_.Pass(kLease + kGrace * 2);
  EXPECT_THAT(a().TakeLog(), ElementsAre("ann updated", "ann kept"));
  EXPECT_THAT(b().TakeLog(), ElementsAre("ann updated"));
}

TEST_F(ReplicaTest, WhoWasLostWhileTheStoreWasAwayHasTheWholeGraceAfterwards) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  Lose(a(), "s1");
  world_.Pass(kMoment);
  ForgetLogs();
  world_.shared.SetAway(true);
  world_.Pass(kGrace * 3);
  world_.shared.SetAway(false);
  world_.Pass(kGrace - absl::Seconds(1));
  EXPECT_THAT(a().TakeLog(), IsEmpty());
  EXPECT_TRUE(world_.Claim("a", "ann", "phone", "s2"));
}

TEST_F(ReplicaTest, AGraceThatTheStoreHasForgottenKeepsNobodyBusy) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  Lose(a(), "s1");
  world_.Pass(kMoment);
  world_.shared.Crash();
  world_.Pass(kGrace);
  ASSERT_NE(Find(a(), "ann"), nullptr);
  a().store.commits = 0;
  ForgetLogs();
  world_.Pass(kLease - absl::Seconds(2));
  EXPECT_LE(a().store.commits, 1);
  world_.Pass(absl::Seconds(5));
  EXPECT_THAT(a().TakeLog(), ElementsAre("ann grace ended"));
  EXPECT_THAT(b().TakeLog(), ElementsAre("ann grace ended"));
  EXPECT_LE(a().store.commits, 1);
}

TEST_F(ReplicaTest, AnEmptyStoreIsFilledAgain) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  ASSERT_TRUE(world_.Claim("b", "bob", "phone", "s2"));
  ForgetLogs();
  world_.shared.Wipe();
  world_.Pass(absl::Seconds(10));
  EXPECT_THAT(world_.shared.Taken(), SizeIs(2));
  EXPECT_EQ(Find(b(), "ann")->session, "s1");
  EXPECT_EQ(Find(a(), "bob")->session, "s2");
}

TEST_F(ReplicaTest, NobodyFlapsWhenTheStoreForgetsItsLastWritesInACrash) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  world_.shared.Sync();
  ASSERT_TRUE(world_.Claim("a", "bob", "phone", "s2"));
  Release(a(), "s1");
  world_.Pass(kMoment);
  ForgetLogs();
  a().frozen = true;  // b is the first to come back
  world_.shared.Crash();
  world_.Pass(absl::Seconds(3));
  a().frozen = false;
  world_.Pass((kLease + kGrace) * 2);
  EXPECT_EQ(Find(b(), "bob")->session, "s2");
  EXPECT_THAT(world_.shared.Taken(), SizeIs(1));
  for (const std::string& line : b().TakeLog()) EXPECT_THAT(line, ::testing::StartsWith("ann"));
}

TEST_F(ReplicaTest, WhoWasForgottenInACrashTogetherWithTheirReplicaGoesInTheEnd) {
  world_.shared.Sync();
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  world_.Pass(kLease + kGrace);
  ForgetLogs();
  world_.Kill("a");
  world_.shared.Crash();
  world_.Pass(kLease + kGrace - absl::Seconds(1));
  EXPECT_THAT(b().TakeLog(), IsEmpty());
  world_.Pass(absl::Seconds(3));
  EXPECT_THAT(b().TakeLog(), ElementsAre("ann grace ended"));
}

// Whichever of them is back first.
TEST_F(ReplicaTest, ATakeoverOutlivesACrashOfTheStore) {
  for (const char* first : {"a", "b"}) {
    ReplicaWorld world;
    for (const char* name : {"a", "b"}) world.Add(name);
    world.Pass(absl::Seconds(1));
    ASSERT_TRUE(world.Claim("a", "ann", "phone", "s1"));
    world["a"].frozen = true;  // it does not hear of what follows
    ASSERT_TRUE(world.Claim("b", "ann", "laptop", "s2", /*takeover=*/true));
    world.shared.Crash();
    world["a"].frozen = world["b"].frozen = true;
    world[first].frozen = false;
    world.Pass(absl::Seconds(3));
    world["a"].frozen = world["b"].frozen = false;
    world.Pass(absl::Seconds(3));
    EXPECT_TRUE(world["b"].ended().empty()) << first;
    EXPECT_THAT(world["a"].TakeLog(), Contains("s1 told taken over")) << first;
    for (const auto& [name, process] : world.processes()) {
      EXPECT_EQ(process->replica.seats().Find("", "ann")->session, "s2") << first;
    }
  }
}

TEST_F(ReplicaTest, ACrashOfTheStoreLeavesTheNewerStreamOfOneDevice) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s9"));
  const absl::Time since = Find(a(), "ann")->claimed_since;
  a().frozen = true;
  ASSERT_TRUE(world_.Claim("b", "ann", "phone", "s1"));
  EXPECT_EQ(absl::ToUnixMillis(Find(b(), "ann")->claimed_since), absl::ToUnixMillis(since));
  world_.shared.Crash();
  b().frozen = true;
  a().frozen = false;
  world_.Pass(absl::Seconds(3));
  b().frozen = false;
  world_.Pass(absl::Seconds(3));
  EXPECT_EQ(Find(a(), "ann")->session, "s1");
  EXPECT_TRUE(b().ended().empty());
}

// The clock of the second is behind: what counts is that its claim has seen the first.
TEST_F(ReplicaTest, ATakeoverHoldsAgainstAClockThatIsAhead) {
  Instant ahead = world_.now();
  ahead.wall += absl::Minutes(1);
  a().Claim({.user = "ann", .device = "phone", .session = "s1"}, ahead);
  world_.Pass(kMoment);
  a().frozen = true;
  world_.Pass(kLease + absl::Seconds(2));
  ASSERT_TRUE(world_.Claim("b", "ann", "laptop", "s2", /*takeover=*/true));
  a().frozen = false;
  world_.Pass(absl::Seconds(3));
  EXPECT_EQ(Find(a(), "ann")->session, "s2");
  EXPECT_TRUE(b().ended().empty());
}

// The same for a seat that was freed by mistake.
TEST_F(ReplicaTest, WhoCameToAFreedSeatHoldsItAgainstAClockThatIsAhead) {
  Instant ahead = world_.now();
  ahead.wall += absl::Minutes(5);
  a().Claim({.user = "ann", .device = "phone", .session = "s1"}, ahead);
  world_.Pass(kLease + kGrace);
  a().frozen = true;
  world_.Pass(kLease + kGrace + absl::Seconds(5));
  ASSERT_EQ(Find(b(), "ann"), nullptr);
  ASSERT_TRUE(world_.Claim("b", "ann", "laptop", "s2"));
  a().frozen = false;
  world_.Pass(absl::Seconds(3));
  EXPECT_EQ(Find(a(), "ann")->session, "s2");
  EXPECT_EQ(a().ended().at("s1"), 1);
  EXPECT_TRUE(b().ended().empty());
}

TEST_F(ReplicaTest, AClaimWhoseAnswerWasLostDoesNotHoldTheSeat) {
  a().Claim({.user = "ann", .device = "phone", .session = "s1"}, world_.now());
  world_.shared.LoseNextAnswer();
  world_.Pass(absl::Seconds(3));
  EXPECT_EQ(a().answers["s1"], absl::StatusCode::kUnavailable);
  EXPECT_EQ(Find(b(), "ann")->state, SeatState::kReconnecting);
  EXPECT_TRUE(world_.Claim("b", "ann", "phone", "s2"));
}

TEST_F(ReplicaTest, WhatASessionSaidIsNotLostWithAnAnswer) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  a().replica.Update("s1", "busy", world_.now().wall);
  world_.shared.LoseNextAnswer();
  world_.Pass(absl::Seconds(3));
  EXPECT_EQ(Find(b(), "ann")->details, "busy");
  Release(a(), "s1");
  world_.shared.LoseNextAnswer();
  world_.Pass(absl::Seconds(3));
  EXPECT_EQ(Find(b(), "ann"), nullptr);
  EXPECT_THAT(world_.shared.Taken(), IsEmpty());
}

TEST_F(ReplicaTest, WhatIsSaidWhileTheLastWordIsBeingWrittenIsWrittenNext) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  a().delay = absl::Milliseconds(100);
  a().replica.Update("s1", "one", world_.now().wall);
  world_.Pass(absl::Milliseconds(50));
  a().replica.Update("s1", "two", world_.now().wall);
  world_.Pass(absl::Seconds(1));
  EXPECT_EQ(Find(b(), "ann")->details, "two");
}

TEST_F(ReplicaTest, ASeatThatIsWonTooLateIsGivenUp) {
  a().delay = absl::Seconds(2);
  a().Claim({.user = "ann", .device = "phone", .session = "s1"}, world_.now());
  world_.Pass(world_.options.patience + absl::Milliseconds(100));
  EXPECT_EQ(a().answers["s1"], absl::StatusCode::kUnavailable);
  a().delay = absl::ZeroDuration();
  world_.Pass(absl::Seconds(3));
  EXPECT_EQ(Find(b(), "ann")->state, SeatState::kReconnecting);
  EXPECT_TRUE(a().ended().empty());
}

TEST_F(ReplicaTest, ADrainMovesPeopleWithoutAWord) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  ASSERT_TRUE(world_.Claim("a", "bob", "phone", "s2"));
  world_.Pass(kLease);
  ForgetLogs();
  a().replica.Drain();
  Lose(a(), "s1");
  Lose(a(), "s2");
  world_.Pass(absl::Seconds(3));
  ASSERT_TRUE(world_.Claim("b", "ann", "phone", "s3"));
  Perform(a().replica.Leave(), a().store);
  world_.Kill("a");
  world_.Pass(absl::Seconds(2));
  EXPECT_THAT(b().TakeLog(), ElementsAre("ann returned", "bob reconnecting"));
  EXPECT_EQ(b().replica.lapsed(), 0u);
  world_.Pass(kGrace);
  EXPECT_THAT(b().TakeLog(), ElementsAre("bob grace ended"));
}

TEST_F(ReplicaTest, ANewcomerKnowsEverybody) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  ASSERT_TRUE(world_.Claim("b", "bob", "phone", "s2", false, "room"));
  world_.Add("c");
  world_.Pass(kMoment);
  EXPECT_THAT(world_["c"].observed(), SizeIs(2));
  EXPECT_EQ(world_["c"].replica.replicas(), 3u);
  EXPECT_EQ(a().replica.replicas(), 3u);
}

TEST_F(ReplicaTest, WhoHasNotReadForLongTakesASnapshot) {
  ASSERT_TRUE(world_.Claim("a", "ann", "phone", "s1"));
  b().frozen = true;
  Release(a(), "s1");
  world_.Pass(ReplicaStore::kRemembered + absl::Minutes(2));  // the store has forgotten that she was there
  EXPECT_NE(Find(b(), "ann"), nullptr);
  b().frozen = false;
  world_.Pass(absl::Seconds(1));
  EXPECT_EQ(Find(b(), "ann"), nullptr);
}

// 5 s of commits for their own people.
TEST(ReplicaBoundsTest, WhoComesDoesNotWaitForAllWhoAreThere) {
  ReplicaOptions options;
  options.batch = 4;
  ReplicaWorld world(options);
  world.Add("a");
  world.Pass(absl::Seconds(1));
  for (int i = 0; i < 400; ++i) {
    world["a"].Claim({.user = absl::StrCat("u", i), .device = "d", .session = absl::StrCat("s", i)},
                     world.now());
    world.Pass(absl::Milliseconds(25));
  }
  world.Pass(kMoment);
  world.shared.Crash();
  world.Pass(options.adopt_every + options.retry_every);  // it has noticed, and is back
  world["a"].Claim({.user = "ann", .device = "d", .session = "s"}, world.now());
  world.Pass(options.patience + absl::Milliseconds(100));
  EXPECT_EQ(world["a"].answers["s"], absl::StatusCode::kOk);
  EXPECT_LT(world.shared.Taken().size(), 300u) << "the test is too easy";
  world.Pass(absl::Seconds(10));
  EXPECT_EQ(world.shared.Taken().size(), 401u);
}

TEST(ReplicaBoundsTest, WhatWaitsIsBounded) {
  ReplicaOptions options;
  options.max_waiting = 2;
  options.max_seats = 3;
  ReplicaWorld world(options);
  world.Add("a");
  world.Pass(absl::Seconds(1));
  for (int i = 0; i < 3; ++i) {
    world["a"].Claim({.user = absl::StrCat("u", i), .device = "d", .session = absl::StrCat("s", i)},
                     world.now());
  }
  world.Pass(kMoment);
  EXPECT_EQ(world["a"].answers["s1"], absl::StatusCode::kOk);
  EXPECT_EQ(world["a"].answers["s2"], absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(world.Claim("a", "u2", "d", "s3"));
  EXPECT_FALSE(world.Claim("a", "u3", "d", "s4"));
  EXPECT_EQ(world["a"].answers["s4"], absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(world["a"].replica.Send("b", "1", world.now()));
  EXPECT_TRUE(world["a"].replica.Send("b", "2", world.now()));
  EXPECT_FALSE(world["a"].replica.Send("b", "3", world.now()));
}

}  // namespace
}  // namespace parlor::live::testing
