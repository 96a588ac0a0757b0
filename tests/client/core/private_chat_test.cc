// Two people in private, over whole cores: consent, delivery, outages and restarts, on virtual time.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/core/test_person.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PrivateChatTest : public ::testing::Test {
 protected:
  void StartBoth() {
    ann.StartCore();
    bob.StartCore();
    ASSERT_TRUE(world.Until([&] { return world.server.IsOnline("ann") && world.server.IsOnline("bob"); }));
  }
  // Ann asks with "first", Bob accepts.
  void Open() {
    StartBoth();
    ann.Do("send", {{"target", "@bob"}, {"text", "first"}}, "first");
    ASSERT_TRUE(world.Until([&] { return !bob.All<RequestEvent>().empty(); }));
    bob.Do("accept", {{"user", "ann"}});
    ASSERT_TRUE(world.Until([&] { return ann.Delivered("first", "bob"); }));
  }

  TestWorld world;
  TestPerson ann{world, "ann", "10.0.0.1"};
  TestPerson bob{world, "bob", "10.0.0.2"};
};

TEST_F(PrivateChatTest, AFirstMessageAsksAndGoesWhenItIsAccepted) {
  StartBoth();
  ann.Do("send", {{"target", "@bob"}, {"text", "hello"}}, "m1");
  ASSERT_TRUE(world.Until([&] { return !bob.All<RequestEvent>().empty(); }));
  EXPECT_EQ(bob.All<RequestEvent>()[0].from, "ann");
  EXPECT_THAT(bob.Texts("@ann"), IsEmpty());  // not a word before the answer
  EXPECT_THAT(ann.Marks("m1"), ElementsAre("queued"));

  bob.Do("accept", {{"user", "ann"}});
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("m1", "bob"); }));
  EXPECT_THAT(bob.Texts("@ann"), ElementsAre("hello"));
  EXPECT_THAT(ann.Marks("m1"), ElementsAre("queued", "sent", "delivered"));
}

TEST_F(PrivateChatTest, MessagesKeepTheirOrderAndAnswersNeverSwap) {
  Open();
  std::vector<std::string> expected = {"first"};
  for (int i = 0; i < 200; ++i) {
    expected.push_back("n" + std::to_string(i));
    ann.Do("send", {{"target", "@bob"}, {"text", expected.back()}});
    bob.Do("send", {{"target", "@ann"}, {"text", expected.back()}});
  }
  ASSERT_TRUE(
      world.Until([&] { return bob.Texts("@ann").size() == 201 && ann.Texts("@bob").size() == 200; }));
  EXPECT_EQ(bob.Texts("@ann"), expected);
  expected.erase(expected.begin());
  EXPECT_EQ(ann.Texts("@bob"), expected);
}

TEST_F(PrivateChatTest, ADeclineIsToldInPlainWords) {
  StartBoth();
  ann.Do("send", {{"target", "@bob"}, {"text", "hello"}});
  ASSERT_TRUE(world.Until([&] { return !bob.All<RequestEvent>().empty(); }));
  bob.Do("decline", {{"user", "ann"}, {"note", "in a meeting"}});
  ASSERT_TRUE(world.Until([&] { return ann.SawChat("declined"); }));
  EXPECT_EQ(ann.All<ChatEvent>().back().note, "in a meeting");
  EXPECT_THAT(bob.Texts("@ann"), IsEmpty());
}

TEST_F(PrivateChatTest, ARequestCanBeWithdrawn) {
  StartBoth();
  ann.Do("send", {{"target", "@bob"}, {"text", "hello"}}, "m1");
  ASSERT_TRUE(world.Until([&] { return !bob.All<RequestEvent>().empty(); }));
  ann.Do("withdraw", {{"target", "@bob"}});
  ASSERT_TRUE(world.Until([&] { return bob.SawChat("withdrawn"); }));
  EXPECT_THAT(ann.Marks("m1"), ElementsAre("queued", "withdrawn"));
  bob.Do("accept", {{"user", "ann"}});
  EXPECT_TRUE(bob.SawError("failed_precondition"));
}

TEST_F(PrivateChatTest, AnUnansweredRequestEndsByItself) {
  StartBoth();
  ann.Do("send", {{"target", "@bob"}, {"text", "hello"}});
  ASSERT_TRUE(world.Until([&] { return !bob.All<RequestEvent>().empty(); }));
  ASSERT_TRUE(
      world.Until([&] { return ann.SawChat("expired") && bob.SawChat("expired"); }, kRequestLifetime * 2));
}

TEST_F(PrivateChatTest, BothAskingIsBothAccepting) {
  StartBoth();
  ann.Do("send", {{"target", "@bob"}, {"text", "from ann"}}, "a");
  bob.Do("send", {{"target", "@ann"}, {"text", "from bob"}}, "b");
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("a", "bob") && bob.Delivered("b", "ann"); }));
}

TEST_F(PrivateChatTest, WhoIsOfflineGetsItLaterAndTheWaitIsExplained) {
  Open();
  bob.Kill();
  ASSERT_TRUE(world.Until([&] { return !world.server.IsOnline("bob"); }));
  ann.Forget();
  ASSERT_TRUE(world.Until([&] { return !ann.All<LinkEvent>().empty(); }, absl::Minutes(2)));
  ann.Do("send", {{"target", "@bob"}, {"text", "while you were away"}}, "m2");
  ASSERT_TRUE(world.Until([&] { return !ann.Marks("m2").empty(); }));
  EXPECT_THAT(ann.Marks("m2"), ElementsAre("queued"));
  EXPECT_EQ(ann.All<DeliveryEvent>().back().reason, "@bob is offline");
  bob.StartCore();
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("m2", "bob"); }));
}

TEST_F(PrivateChatTest, TheOutboxSurvivesARestartOfTheSender) {
  Open();
  bob.Kill();
  ASSERT_TRUE(world.Until([&] { return !world.server.IsOnline("bob"); }));
  ann.Do("send", {{"target", "@bob"}, {"text", "kept"}}, "m2");
  world.loop.RunFor(absl::Seconds(1));
  ann.Kill();
  ann.StartCore();
  world.loop.RunFor(absl::Seconds(5));
  bob.StartCore();
  ASSERT_TRUE(world.Until([&] { return bob.Saw("@ann", "kept"); }));
  EXPECT_THAT(bob.Texts("@ann"), ElementsAre("first", "kept"));
}

TEST_F(PrivateChatTest, AcceptedStaysAcceptedAndNothingComesTwice) {
  Open();
  bob.Kill();
  bob.StartCore();
  ann.Kill();
  ann.StartCore();
  ann.Do("send", {{"target", "@bob"}, {"text", "again"}}, "m2");
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("m2", "bob"); }));
  EXPECT_THAT(bob.Texts("@ann"), ElementsAre("first", "again"));
  EXPECT_EQ(bob.All<RequestEvent>().size(), 1u);
}

TEST_F(PrivateChatTest, ReadMarksReachTheSender) {
  Open();
  bob.Do("read", {{"target", "@ann"}});
  ASSERT_TRUE(world.Until([&] { return ann.Marks("first").back() == "read"; }));
}

TEST_F(PrivateChatTest, TheBlockedSeesAndReachesNobody) {
  Open();
  bob.Do("block", {{"user", "ann"}});
  world.loop.RunFor(absl::Seconds(2));
  bob.Forget();
  ann.Do("send", {{"target", "@bob"}, {"text", "are you there?"}}, "m2");
  world.loop.RunFor(absl::Minutes(2));
  EXPECT_THAT(bob.Texts("@ann"), IsEmpty());
  EXPECT_THAT(bob.All<RequestEvent>(), IsEmpty());
  EXPECT_FALSE(ann.Delivered("m2", "bob"));
}

TEST_F(PrivateChatTest, TheEleventhStrangerOfAnHourIsNotAsked) {
  ann.StartCore();
  ASSERT_TRUE(world.Until([&] { return world.server.IsOnline("ann"); }));
  for (int i = 0; i < kMaxRequestsAnHour; ++i) {
    ann.Do("send", {{"target", "@stranger" + std::to_string(i)}, {"text", "hi"}});
  }
  EXPECT_FALSE(ann.SawError("resource_exhausted"));
  ann.Do("send", {{"target", "@onemore"}, {"text", "hi"}});
  EXPECT_TRUE(ann.SawError("resource_exhausted"));
}

TEST_F(PrivateChatTest, ServicesAwayForHalfAnHourAndLinksCutMeanwhile) {
  Open();
  world.server.Stop();
  ann.Do("send", {{"target", "@bob"}, {"text", "without a server"}}, "m2");
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("m2", "bob"); }));
  for (int i = 0; i < 6; ++i) {
    world.loop.RunFor(absl::Minutes(5));
    world.internet.ResetAll();
    const std::string ref = "cut" + std::to_string(i);
    ann.Do("send", {{"target", "@bob"}, {"text", ref}}, ref);
    ASSERT_TRUE(world.Until([&] { return ann.Delivered(ref, "bob"); }, absl::Minutes(3))) << i;
  }
  world.server.Start();
  ASSERT_TRUE(world.Until([&] { return world.server.IsOnline("ann") && world.server.IsOnline("bob"); }));
}

TEST_F(PrivateChatTest, ServicesAwayForTwentyFiveHours) {
  Open();
  world.server.Stop();
  world.loop.RunFor(absl::Hours(25));  // certificates have ended
  world.internet.ResetAll();
  ann.Do("send", {{"target", "@bob"}, {"text", "still here"}}, "m2");
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("m2", "bob"); }, absl::Minutes(5)));
  world.server.Start();
  ASSERT_TRUE(world.Until([&] { return world.server.IsOnline("ann") && world.server.IsOnline("bob"); }));
  world.loop.RunFor(absl::Minutes(2));  // judged strictly again, with new certificates
  ann.Do("send", {{"target", "@bob"}, {"text", "and back"}}, "m3");
  ASSERT_TRUE(world.Until([&] { return ann.Delivered("m3", "bob"); }));
}

TEST_F(PrivateChatTest, ARevokedDeviceIsLetGo) {
  Open();
  world.server.Revoke(bob.account.device);
  ann.Forget();
  ASSERT_TRUE(world.Until([&] { return !ann.All<LinkEvent>().empty(); }));
  EXPECT_FALSE(ann.All<LinkEvent>()[0].up);
  ann.Do("send", {{"target", "@bob"}, {"text", "to a thief?"}}, "m2");
  world.loop.RunFor(absl::Minutes(1));
  EXPECT_FALSE(bob.Saw("@ann", "to a thief?"));
}

TEST_F(PrivateChatTest, TextsOfEveryKindArriveWhole) {
  Open();
  const std::vector<std::string> texts = {
      "line one\nline two",
      std::string(60 * 1024, 'x'),
      std::string("\x1b[31mred\x1b[0m \x07"),
      "e\u0301\u0301\u0301\u0301",
      "\U0001F468\u200D\U0001F469\u200D\U0001F467 \u202Eabc",
      std::string(kMaxTextBytes, 'm'),
  };
  for (const std::string& text : texts) ann.Do("send", {{"target", "@bob"}, {"text", text}});
  ASSERT_TRUE(world.Until([&] { return bob.Texts("@ann").size() == texts.size() + 1; }));
  for (const std::string& text : texts) EXPECT_TRUE(bob.Saw("@ann", text));

  ann.Do("send", {{"target", "@bob"}, {"text", std::string(kMaxTextBytes + 1, 'm')}});
  EXPECT_TRUE(ann.SawError("invalid_argument"));
  ann.Forget();
  ann.Do("send", {{"target", "@bob"}, {"text", "\xff\xfe"}});
  EXPECT_TRUE(ann.SawError("invalid_argument"));
}

}  // namespace
}  // namespace parlor::client
