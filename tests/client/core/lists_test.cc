// Lists that have more than one page, at a person: whole, and never more than fits.
#include <map>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/core/test_person.h"

namespace parlor::client {
namespace {

constexpr size_t kMany = 10'000;
constexpr size_t kLongText = 64 * 1024;

class ListsTest : public ::testing::Test {
 protected:
  ListsTest() {
    ann.StartCore();
    EXPECT_TRUE(world.Until([&] { return world.server.IsOnline("ann"); }));
  }

  template <typename Answer>
  Answer Ask(const std::string& command, const std::map<std::string, std::string>& args) {
    ann.Forget();
    ann.Do(command, args, "asked");
    EXPECT_TRUE(world.Until([&] { return !ann.All<Answer>().empty(); })) << command;
    EXPECT_EQ(ann.All<Answer>().size(), 1u) << "one answer, however many pages";
    const Answer answer = ann.All<Answer>().empty() ? Answer() : ann.All<Answer>()[0];
    EXPECT_EQ(answer.ref, "asked");
    return answer;
  }
  static std::set<std::string> Names(const PeopleEvent& event) {
    std::set<std::string> names;
    for (const PresenceEvent& person : event.people) names.insert(person.user);
    return names;
  }

  TestWorld world;
  TestPerson ann{world, "ann", "10.0.0.1"};
};

TEST_F(ListsTest, TenThousandRoomsArriveWhole) {
  world.server.List(kMany, 0);
  const auto answer = Ask<RoomsEvent>("rooms", {});
  std::set<std::string> names;
  for (const RoomInfo& room : answer.rooms) names.insert(room.room);
  EXPECT_EQ(answer.rooms.size(), kMany);
  EXPECT_EQ(names.size(), kMany) << "each of them once";
  EXPECT_EQ(answer.rooms.back().room, "room09999");
  EXPECT_EQ(answer.rooms.back().topic.size(), 600u);
  EXPECT_EQ(world.server.pages(), 10u);
}

TEST_F(ListsTest, TenThousandPeopleArriveWhole) {
  world.server.List(0, kMany);
  const auto answer = Ask<PeopleEvent>("who", {});
  EXPECT_EQ(answer.people.size(), kMany);
  EXPECT_EQ(Names(answer).size(), kMany);
}

TEST_F(ListsTest, TenThousandWhoAreFoundArriveWhole) {
  world.server.List(0, kMany + 1);  // one more is user10000
  const auto answer = Ask<PeopleEvent>("find", {{"prefix", "user0"}});
  EXPECT_EQ(answer.people.size(), kMany);
  EXPECT_EQ(Names(answer).size(), kMany);
  EXPECT_FALSE(Names(answer).contains("user10000"));
  EXPECT_EQ(Ask<PeopleEvent>("find", {{"prefix", "nobody"}}).people.size(), 0u);
}

TEST_F(ListsTest, AListThatGoesOnAndOnIsAnErrorThatSaysSo) {
  world.server.List(0, 100'001);
  ann.Do("find", {{"prefix", "user"}}, "asked");
  ASSERT_TRUE(world.Until([&] { return ann.SawError("resource_exhausted"); }));
  EXPECT_EQ(ann.All<ErrorEvent>()[0].ref, "asked");
  EXPECT_TRUE(ann.All<PeopleEvent>().empty()) << "half a list looks like a whole one";
}

TEST_F(ListsTest, AHistoryOfLongTextsComesInPagesThatFit) {
  constexpr size_t kTexts = 40;
  for (size_t i = 0; i < kTexts; ++i) {
    const std::string ref = std::to_string(i);
    ann.Do("send", {{"target", "@bob"}, {"text", std::string(kLongText - ref.size(), 'x') + ref}}, ref);
    ASSERT_TRUE(world.Until([&] { return !ann.Marks(ref).empty(); }));
  }
  const auto newest = Ask<HistoryEvent>("history", {{"target", "@bob"}, {"limit", "1000"}});
  ASSERT_EQ(newest.messages.size(), 32u) << "2 MiB of text";
  EXPECT_TRUE(newest.more);
  EXPECT_TRUE(newest.messages.back().message.text.ends_with("x39"));
  const auto rest = Ask<HistoryEvent>(
      "history", {{"target", "@bob"}, {"limit", "1000"}, {"before", newest.messages.front().message.id}});
  ASSERT_EQ(rest.messages.size(), kTexts - 32);
  EXPECT_FALSE(rest.more);
  EXPECT_TRUE(rest.messages.front().message.text.ends_with("x0"));
  EXPECT_TRUE(rest.messages.back().message.text.ends_with("x7"));
  const auto few = Ask<HistoryEvent>("history", {{"target", "@bob"}, {"limit", "3"}});
  EXPECT_EQ(few.messages.size(), 3u);
  EXPECT_TRUE(few.more);
}

}  // namespace
}  // namespace parlor::client
