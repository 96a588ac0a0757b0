// Extents: what is here of each author without a gap.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/store/store_fixture.h"
#include "tests/rounds.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;

class RunsTest : public ::testing::Test {
 protected:
  std::vector<std::string> Extents(const std::string& conversation = "@alice") {
    std::vector<std::string> extents;
    for (const Extent& extent : ValueOf(store_->Extents(conversation))) {
      extents.push_back(absl::StrCat(extent.device, ".", extent.epoch, " ", extent.first, "-", extent.last));
    }
    return extents;
  }

  const std::unique_ptr<Store> store_ = OpenStore(":memory:");
};

TEST_F(RunsTest, EndInTheLatestMessage) {
  EXPECT_THAT(Extents(), ElementsAre());
  const std::vector<std::pair<uint64_t, std::string>> steps = {
      {1, "dev.7 1-1"}, {2, "dev.7 1-2"},    {5, "dev.7 5-5"},  {6, "dev.7 5-6"},  {3, "dev.7 5-6"},
      {4, "dev.7 1-6"}, {10, "dev.7 10-10"}, {9, "dev.7 9-10"}, {7, "dev.7 9-10"}, {8, "dev.7 1-10"}};
  for (const auto& [number, extent] : steps) {
    Add(*store_, TheirMessage(number));
    EXPECT_THAT(Extents(), ElementsAre(extent)) << "after " << number;
    ASSERT_TRUE(store_->AddMessage(TheirMessage(number)).ok());
    EXPECT_THAT(Extents(), ElementsAre(extent)) << "after " << number << " again";
  }
}

TEST_F(RunsTest, AreOfEachStreamLatestFirst) {
  Message message = TheirMessage(1);
  for (const auto& [device, epoch, second] :
       {std::tuple{"a", 1, 10}, {"b", 1, 30}, {"a", 2, 20}, {"c", 1, 5}}) {
    message.id.device = device;
    message.id.epoch = static_cast<uint64_t>(epoch);
    message.time = absl::FromUnixSeconds(second);
    Add(*store_, message);
  }
  message.conversation = "#room";
  Add(*store_, message);
  EXPECT_THAT(Extents(), ElementsAre("b.1 1-1", "a.2 1-1", "a.1 1-1", "c.1 1-1"));
  EXPECT_THAT(Extents("#room"), ElementsAre("c.1 1-1"));
  EXPECT_THAT(Extents("#nowhere"), ElementsAre());
}

TEST_F(RunsTest, AreAtMost4096) {
  ASSERT_TRUE(store_
                  ->Transaction([&]() -> absl::Status {
                    for (int author = 0; author < 4'200; ++author) {
                      Message message = TheirMessage(1);
                      message.id.device = absl::StrCat("d", author);
                      message.time = absl::FromUnixSeconds(author);
                      Add(*store_, message);
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  const std::vector<std::string> extents = Extents();
  EXPECT_EQ(extents.size(), 4'096u);
  EXPECT_EQ(extents.front(), "d4199.7 1-1");
  EXPECT_EQ(extents.back(), "d104.7 1-1");
}

TEST_F(RunsTest, ShrinkWhenAMessageIsWithdrawn) {
  for (uint64_t number = 1; number <= 5; ++number) Add(*store_, OwnMessage(number));
  const auto withdraw = [&](uint64_t number) {
    EXPECT_TRUE(store_->Withdraw("@alice", OwnMessage(number).id).ok());
  };
  withdraw(3);
  EXPECT_THAT(Extents(), ElementsAre("mine.7 4-5"));
  withdraw(4);
  EXPECT_THAT(Extents(), ElementsAre("mine.7 5-5"));
  withdraw(5);
  EXPECT_THAT(Extents(), ElementsAre("mine.7 1-2"));
  withdraw(2);
  withdraw(1);
  EXPECT_THAT(Extents(), ElementsAre());
}

// Against the definition, in random order.
TEST_F(RunsTest, AreWhatTheyAreDefinedToBe) {
  std::mt19937 random(11);  // NOLINT: the same order in every run
  std::set<uint64_t> here;
  for (int step = 0; step < Rounds(2000); ++step) {
    const uint64_t number = 1 + random() % 60;
    if (here.contains(number)) {
      ASSERT_TRUE(store_->Withdraw("@alice", OwnMessage(number).id).ok());
      here.erase(number);
    } else {
      Add(*store_, OwnMessage(number));
      here.insert(number);
    }
    std::vector<std::string> expected;
    if (!here.empty()) {
      const uint64_t last = *here.rbegin();
      uint64_t first = last;
      while (here.contains(first - 1)) --first;
      expected.push_back(absl::StrCat("mine.7 ", first, "-", last));
    }
    ASSERT_EQ(Extents(), expected) << "step " << step;
  }
}

}  // namespace
}  // namespace parlor::client
