// Replicas that share a directory, and nothing goes wrong. What does is in replica_outage_test.cc.
#include "services/common/live/replica.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/common/live/replica_fixture.h"

namespace parlor::live::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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
