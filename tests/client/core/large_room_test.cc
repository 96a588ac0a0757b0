// A room that is too large for everybody to be linked with everybody, over whole cores on virtual time. Most
// tests make a small crowd "large" by a low bound of the mesh; one has a real size.
#include <algorithm>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/core/test_person.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::Le;
using ::testing::SizeIs;

class LargeRoomTest : public ::testing::Test {
 protected:
  LargeRoomTest() { world.server.SetCapacity(1'000); }

  void Enter(TestPerson& person) {
    const bool first = crowd.size() == 1;
    person.StartCore({.overlay = options});
    std::map<std::string, std::string> args = {{"room", "tea"}};
    if (first && stage) args["stage"] = "yes";
    person.Do(first ? "create" : "join", args, "enter");
    ASSERT_TRUE(world.Until([&] { return person.SawRoom("entered", person.name); }));
  }
  TestPerson& Add() {
    const size_t i = crowd.size();
    crowd.push_back(std::make_unique<TestPerson>(world, absl::StrFormat("guest%03d", i),
                                                 absl::StrCat("10.0.", 1 + i / 250, ".", 1 + i % 250)));
    Enter(*crowd.back());
    return *crowd.back();
  }
  void Gather(size_t people) {
    while (crowd.size() < people) Add();
    world.loop.RunFor(absl::Seconds(15));  // strangers are sent away after 10 s
  }
  static void Say(TestPerson& person, const std::string& text) {
    person.Do("send", {{"target", "#tea"}, {"text", text}}, text);
  }
  std::vector<TestPerson*> Present() const {
    std::vector<TestPerson*> present;
    for (const auto& person : crowd) {
      if (person->core != nullptr) present.push_back(person.get());
    }
    return present;
  }
  bool AllHear(const TestPerson& from, const std::string& text, absl::Duration within = absl::Seconds(20)) {
    return world.Until(
        [&] {
          const std::vector<TestPerson*> present = Present();
          return std::all_of(present.begin(), present.end(), [&](const TestPerson* person) {
            return person == &from || person->Saw("#tea", text);
          });
        },
        within);
  }
  static size_t Links(TestPerson& person) {
    person.Do("who", {{"room", "tea"}});
    const WhoEvent answer = person.All<WhoEvent>().back();
    size_t linked = 0;
    for (const MemberInfo& member : answer.members) {
      if (member.state == "linked") ++linked;
    }
    return linked;
  }

  TestWorld world;
  bool stage = false;
  overlay::OverlayOptions options{.mesh_members = 8};
  std::vector<std::unique_ptr<TestPerson>> crowd;
};

TEST_F(LargeRoomTest, EverybodyHearsEverybodyOnceAndInOrderOverAFewLinksEach) {
  Gather(24);
  // Who was dialled late, and is not needed, stays for a while.
  EXPECT_TRUE(world.Until([&] {
    return std::all_of(crowd.begin(), crowd.end(), [&](const auto& person) {
      const size_t links = Links(*person);
      return links >= 1 && links <= options.active_view_max;
    });
  }));
  for (const auto& person : crowd) {
    EXPECT_THAT(person->All<WhoEvent>().back().members, SizeIs(24)) << "the whole roster";
  }
  for (int round = 0; round < 5; ++round) {
    for (const auto& person : crowd) Say(*person, absl::StrCat(person->name, " ", round));
    world.loop.RunFor(absl::Milliseconds(300));
  }
  for (const auto& person : crowd) ASSERT_TRUE(AllHear(*person, absl::StrCat(person->name, " 4")));
  for (const auto& person : crowd) {
    std::map<std::string, int> next;
    for (const MessageEvent& message : person->All<MessageEvent>()) {
      EXPECT_EQ(message.text, absl::StrCat(message.from, " ", next[message.from]++)) << person->name;
      EXPECT_THAT(message.proof, ::testing::AnyOf("link", "signature"));
    }
    EXPECT_THAT(person->Texts("#tea"), SizeIs(23 * 5));
    EXPECT_THAT(person->All<WarningEvent>(), ::testing::IsEmpty());
  }
}

TEST_F(LargeRoomTest, TheAuthorSeesByNameWhoHasIt) {
  Gather(20);
  Say(*crowd[3], "who has it?");
  const auto has = [&](const auto& person) {
    return person == crowd[3] || crowd[3]->Delivered("who has it?", person->name);
  };
  EXPECT_TRUE(world.Until([&] { return std::all_of(crowd.begin(), crowd.end(), has); }));
}

TEST_F(LargeRoomTest, ANewcomerGetsTheLastHundredAndWhatIsSaidFromThenOn) {
  Gather(16);
  for (int i = 0; i < 130; ++i) {
    Say(*crowd[static_cast<size_t>(i) % 16], absl::StrCat("m", i));
    world.loop.RunFor(absl::Milliseconds(20));
  }
  ASSERT_TRUE(AllHear(*crowd[129 % 16], "m129"));
  TestPerson& late = Add();
  EXPECT_TRUE(world.Until([&] { return late.Texts("#tea").size() >= 100; })) << late.Texts("#tea").size();
  Say(*crowd[5], "welcome");
  ASSERT_TRUE(AllHear(*crowd[5], "welcome"));
  for (int i = 30; i < 130; ++i) EXPECT_TRUE(late.Saw("#tea", absl::StrCat("m", i))) << i;
  EXPECT_FALSE(late.Saw("#tea", "m29"));
  for (const MessageEvent& message : late.All<MessageEvent>()) EXPECT_NE(message.proof, "unverified");
}

TEST_F(LargeRoomTest, WhenAThirdDiesAtOnceTheOthersMissNothing) {
  Gather(24);
  for (size_t i = 2; i < 24; i += 3) crowd[i]->Kill();
  for (int i = 0; i < 20; ++i) {
    Say(*crowd[i % 2 == 0 ? 0 : 7], absl::StrCat("m", i));
    world.loop.RunFor(absl::Milliseconds(100));
  }
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(AllHear(*crowd[i % 2 == 0 ? 0 : 7], absl::StrCat("m", i), absl::Seconds(30))) << i;
  }
}

TEST_F(LargeRoomTest, WhoWasAwayGetsWhatIsMissing) {
  Gather(16);
  TestPerson& away = *crowd[9];
  Say(*crowd[0], "who is here is no newcomer any more");
  ASSERT_TRUE(AllHear(*crowd[0], "who is here is no newcomer any more"));
  away.Kill();
  for (int i = 0; i < 150; ++i) {
    Say(*crowd[static_cast<size_t>(i) % 4], absl::StrCat("m", i));
    world.loop.RunFor(absl::Milliseconds(20));
  }
  away.Forget();
  Enter(away);
  ASSERT_TRUE(world.Until([&] { return away.Texts("#tea").size() >= 150; }));
  world.loop.RunFor(absl::Seconds(10));
  EXPECT_THAT(away.Texts("#tea"), SizeIs(150));
}

TEST_F(LargeRoomTest, TheKickedIsHeardByNobodyAndHearsNobody) {
  Gather(16);
  TestPerson& out = *crowd[6];
  world.server.Kick("tea", out.name);
  ASSERT_TRUE(world.Until([&] { return out.SawRoom("kicked", out.name); }));
  ASSERT_TRUE(world.Until([&] { return crowd[1]->SawRoom("kicked", out.name); }));
  Say(out, "I am still here");
  Say(*crowd[1], "among us");
  world.loop.RunFor(absl::Seconds(20));
  EXPECT_FALSE(out.Saw("#tea", "among us"));
  for (const auto& person : crowd) {
    EXPECT_FALSE(person->Saw("#tea", "I am still here")) << person->name;
    if (person.get() == &out || person == crowd[1]) continue;
    EXPECT_TRUE(person->Saw("#tea", "among us")) << person->name;
  }
}

TEST_F(LargeRoomTest, WhoIsMadeASpeakerIsHeardByAllThoughMostKnewAListener) {
  stage = true;
  Gather(16);
  TestPerson& speaker = *crowd[11];
  Say(speaker, "me too");
  EXPECT_TRUE(speaker.SawError("failed_precondition"));
  world.server.SetRole("tea", speaker.name, rooms::v1::ROLE_SPEAKER);
  ASSERT_TRUE(world.Until([&] { return speaker.SawRoom("role", speaker.name); }));
  world.loop.RunFor(absl::Seconds(1));
  Say(speaker, "thank you");
  EXPECT_TRUE(AllHear(speaker, "thank you"));
  world.server.SetRole("tea", speaker.name, rooms::v1::ROLE_LISTENER);
  world.loop.RunFor(absl::Seconds(1));
  world.server.SetRole("tea", speaker.name, rooms::v1::ROLE_SPEAKER);
  world.loop.RunFor(absl::Seconds(1));
  Say(speaker, "again");
  EXPECT_TRUE(AllHear(speaker, "again"));
}

TEST_F(LargeRoomTest, ARoomThatGrowsAndBecomesSmallAgainLosesNothing) {
  Gather(7);
  EXPECT_EQ(Links(*crowd[0]), 6u) << "everybody with everybody";
  for (int i = 0; i < 40; ++i) {
    if (i % 3 == 0 && crowd.size() < 18) Add();
    Say(*crowd[1], absl::StrCat("growing ", i));
    world.loop.RunFor(absl::Milliseconds(200));
  }
  ASSERT_TRUE(AllHear(*crowd[1], "growing 39"));
  world.loop.RunFor(absl::Seconds(15));
  EXPECT_THAT(Links(*crowd[0]), Le(options.active_view_max));
  for (size_t i = 5; i < crowd.size(); ++i) {
    crowd[i]->Do("leave", {{"room", "tea"}});
    Say(*crowd[1], absl::StrCat("shrinking ", i));
    world.loop.RunFor(absl::Milliseconds(200));
  }
  world.loop.RunFor(absl::Seconds(15));
  EXPECT_EQ(Links(*crowd[0]), 4u);
  for (size_t i = 0; i < 5; ++i) {
    if (i == 1) continue;
    const std::vector<std::string> texts = crowd[i]->Texts("#tea");
    EXPECT_THAT(texts, SizeIs(40 + crowd.size() - 5)) << crowd[i]->name;
  }
}

TEST_F(LargeRoomTest, TheServicesMayStopAndTheConversationGoesOn) {
  Gather(20);
  world.server.Stop();
  world.loop.RunFor(absl::Minutes(30));  // tickets have run out
  world.internet.ResetAll();
  world.loop.RunFor(absl::Minutes(1));
  Say(*crowd[4], "still here");
  EXPECT_TRUE(AllHear(*crowd[4], "still here", absl::Minutes(2)));
  for (const auto& person : crowd) {
    for (const RoomEvent& event : person->All<RoomEvent>()) EXPECT_NE(event.change, "left") << person->name;
  }
}

// Neither finds the other in what Entered names, nor hears that it came.
TEST_F(LargeRoomTest, InASmallRoomEverybodyIsLinkedThoughTheServicesNameOnlySomeAtFirst) {
  options = {};
  Gather(45);
  for (const auto& person : crowd) EXPECT_EQ(Links(*person), 44u) << person->name;
}

TEST_F(LargeRoomTest, AHundredWithTheRealBoundsAndACountOfWhoHasIt) {
  options = {};
  Gather(100);
  Say(*crowd[50], "a hundred");
  ASSERT_TRUE(AllHear(*crowd[50], "a hundred"));
  const auto count = [&] {
    size_t holders = 0;
    for (const DeliveryEvent& event : crowd[50]->All<DeliveryEvent>()) {
      if (event.of == 0) continue;
      EXPECT_EQ(event.by, "");
      EXPECT_EQ(event.of, 99u);
      EXPECT_GT(event.count, holders);
      holders = event.count;
    }
    return holders;
  };
  EXPECT_TRUE(world.Until([&] { return count() == 99; }));
}

}  // namespace
}  // namespace parlor::client
