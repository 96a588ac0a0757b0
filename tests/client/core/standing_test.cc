// A device's standing with the services, over whole cores on virtual time: tokens that end, refresh tokens
// that count once, and services that are away.
#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/core/test_person.h"

namespace parlor::client {
namespace {

using ::testing::IsEmpty;

class StandingTest : public ::testing::Test {
 protected:
  void GoOnline() {
    ann.StartCore();
    ASSERT_TRUE(world.Until([&] { return !ann.All<ServicesEvent>().empty(); }));
    ASSERT_TRUE(world.server.IsOnline("ann"));
  }
  // On presence and in a room.
  void EnterRoom() {
    GoOnline();
    ann.Do("create", {{"room", "tea"}}, "enter");
    ASSERT_TRUE(world.Until([&] { return ann.SawRoom("entered", "ann"); }));
    ann.Forget();
    opened = world.server.opened("ann");
  }
  // Whether the services were ever down since Forget, as the person was told.
  std::vector<std::string> Outages() const {
    std::vector<std::string> reasons;
    for (const ServicesEvent& event : ann.All<ServicesEvent>()) {
      if (!event.up) reasons.push_back(event.reason);
    }
    return reasons;
  }
  void Restart() {
    ann.Kill();
    ann.Forget();
    GoOnline();
  }
  // Logged in as before, and an hour later, when tokens have been exchanged several times.
  void ExpectARestartToLast() {
    Restart();
    world.loop.RunFor(absl::Hours(1));
    EXPECT_FALSE(ann.SawError("logged_out"));
    EXPECT_TRUE(world.server.IsOnline("ann"));
  }

  TestWorld world;
  TestPerson ann{world, "ann", "10.0.0.1"};
  size_t opened = 0;
};

// ---- access tokens

TEST_F(StandingTest, StreamsOutliveTheirTokens) {
  EnterRoom();
  world.loop.RunFor(absl::Hours(1));
  EXPECT_THAT(Outages(), IsEmpty());
  EXPECT_EQ(world.server.opened("ann"), opened) << "the streams of an hour ago";
  EXPECT_FALSE(ann.SawRoom("left", "ann"));
  EXPECT_GE(world.server.refreshes(), 6u);
  EXPECT_LE(world.server.refreshes(), 9u);
  ann.Do("find", {{"prefix", "a"}}, "asked");
  EXPECT_TRUE(world.Until([&] { return !ann.All<PeopleEvent>().empty(); })) << "a call, with a fresh token";
}

// The server's warning and the client's own margin must not meet: clocks are never quite alike.
TEST_F(StandingTest, AWarningThatComesAMomentEarlyIsHeeded) {
  world.server.WarnOfTokens(absl::Seconds(61));
  EnterRoom();
  world.loop.RunFor(absl::Hours(1));
  EXPECT_THAT(Outages(), IsEmpty());
  EXPECT_EQ(world.server.opened("ann"), opened);
}

// What the two tests before rest on.
TEST_F(StandingTest, WhoseRenewalsDoNotArriveLosesItsStreamsAndComesBack) {
  world.server.LoseRenewals();
  EnterRoom();
  world.loop.RunFor(absl::Minutes(9));
  EXPECT_THAT(Outages(), IsEmpty());
  ASSERT_TRUE(world.Until([&] { return !Outages().empty(); }, absl::Minutes(2)));
  EXPECT_THAT(Outages()[0], ::testing::HasSubstr("token ended"));
  world.loop.RunFor(absl::Minutes(1));
  EXPECT_TRUE(world.server.IsOnline("ann"));
  EXPECT_GE(world.server.opened("ann"), opened + 2) << "presence and the room";
  EXPECT_FALSE(ann.SawError("logged_out"));
}

TEST_F(StandingTest, AnEndedTokenOpensNothing) {
  GoOnline();
  ann.Kill();
  world.loop.RunFor(absl::Hours(2));
  ann.account.access_expires = absl::InfiniteFuture();  // this device's clock is far from the truth
  ann.Forget();
  ann.StartCore();
  ASSERT_TRUE(world.Until([&] { return !Outages().empty(); }));
  EXPECT_FALSE(world.server.IsOnline("ann"));
  EXPECT_TRUE(world.Until([&] { return world.server.IsOnline("ann"); })) << "with a fresh one";
}

// ---- refresh tokens

TEST_F(StandingTest, AnExchangeWhoseAnswerWasLostIsRepeated) {
  GoOnline();
  world.server.LoseNextRefresh();
  ASSERT_TRUE(world.Until([&] { return world.server.refreshes() == 1; }, absl::Minutes(12)));
  ExpectARestartToLast();
}

TEST_F(StandingTest, ACrashBeforeTheNewTokenIsSavedLogsNobodyOut) {
  GoOnline();
  const std::string before = ann.account.refresh_token;
  ann.disk = absl::UnavailableError("the machine goes down");
  ASSERT_TRUE(world.Until([&] { return world.server.refreshes() == 1; }, absl::Minutes(12)));
  EXPECT_EQ(ann.account.refresh_token, before) << "it is not on the disk";
  ann.disk = absl::OkStatus();
  ExpectARestartToLast();
  EXPECT_NE(ann.account.refresh_token, before);
}

TEST_F(StandingTest, ACrashAfterTheNewTokenIsSavedLogsNobodyOut) {
  GoOnline();
  const std::string before = ann.account.refresh_token;
  ASSERT_TRUE(world.Until([&] { return ann.account.refresh_token != before; }, absl::Minutes(12)));
  ExpectARestartToLast();
}

// What is not on the disk must not be exchanged: the next start would come with one from long ago.
TEST_F(StandingTest, ADiskThatTakesNothingForAnHourLogsNobodyOut) {
  EnterRoom();
  ann.disk = absl::ResourceExhaustedError("the disk is full");
  world.loop.RunFor(absl::Hours(1));
  EXPECT_FALSE(ann.SawError("logged_out"));
  EXPECT_TRUE(world.server.IsOnline("ann"));
  EXPECT_THAT(Outages(), IsEmpty()) << "a full disk does not take anybody offline";
  ann.disk = absl::OkStatus();
  ExpectARestartToLast();
}

TEST_F(StandingTest, ADiskThatTakesNothingForADayLeavesNobodyWithoutACertificate) {
  EnterRoom();
  ann.disk = absl::ResourceExhaustedError("the disk is full");
  world.loop.RunFor(absl::Hours(25));
  TestPerson bob(world, "bob", "10.0.0.2");
  bob.StartCore();
  bob.Do("join", {{"room", "tea"}});
  EXPECT_TRUE(world.Until([&] { return bob.SawRoom("linked", "ann"); }));
}

// What the tests before rest on.
TEST_F(StandingTest, ATokenOfLongAgoEndsTheDevice) {
  GoOnline();
  const std::string stolen = ann.account.refresh_token;
  world.loop.RunFor(absl::Minutes(25));
  ASSERT_GE(world.server.refreshes(), 2u);
  ann.Kill();
  ann.account.refresh_token = stolen;
  ann.account.access_expires = absl::UnixEpoch();
  ann.Forget();
  ann.StartCore();
  EXPECT_TRUE(world.Until([&] { return ann.SawError("logged_out"); }));
}

// ---- services that are away

TEST_F(StandingTest, TheServerIsTriedLessAndLessOftenAndThePersonIsToldWhen) {
  GoOnline();
  ann.Forget();
  world.server.Stop();
  ASSERT_TRUE(world.Until([&] { return !Outages().empty(); }));
  const absl::Duration down_at = world.loop.Uptime();
  const ServicesEvent told = ann.All<ServicesEvent>()[0];
  EXPECT_EQ(told.reason, "the server goes down");
  ASSERT_TRUE(told.retry_in.has_value());
  EXPECT_GE(*told.retry_in, absl::Milliseconds(375));
  EXPECT_LE(*told.retry_in, absl::Milliseconds(625));

  world.loop.RunFor(absl::Minutes(10));
  const std::vector<absl::Duration>& knocks = world.server.knocks("ann");
  // 0.5, 1, 2, 4, 8, 16 and then 30 s apart, a quarter more or less.
  ASSERT_GE(knocks.size(), 20u);
  EXPECT_LE(knocks.size(), 33u);
  EXPECT_EQ(knocks[0], down_at + *told.retry_in) << "not before what the person was told, and not later";
  absl::Duration base = absl::Milliseconds(500);
  absl::Duration last = down_at;
  const absl::Duration answer = absl::Milliseconds(2);  // until it is known that one was in vain
  for (const absl::Duration knock : knocks) {
    EXPECT_GE(knock - last, base * 0.75) << base;
    EXPECT_LE(knock - last, base * 1.25 + answer) << base;
    base = std::min(base * 2, absl::Seconds(30));
    last = knock;
  }
  EXPECT_EQ(ann.All<ServicesEvent>().size(), 1u) << "told once for each outage";

  world.server.Start();
  EXPECT_TRUE(world.Until([&] { return ann.All<ServicesEvent>().back().up; }, absl::Seconds(38)));
}

}  // namespace
}  // namespace parlor::client
