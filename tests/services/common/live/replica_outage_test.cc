// Replicas that share a directory: one of them is killed, frozen or cut off, or the store goes away, or
// forgets.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/live/replica.h"
#include "tests/services/common/live/replica_fixture.h"

namespace parlor::live::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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

}  // namespace
}  // namespace parlor::live::testing
