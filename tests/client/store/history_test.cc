// Order, paging and ranges.
#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/store/store_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;

class HistoryTest : public ::testing::Test {
 protected:
  const std::unique_ptr<Store> store_ = OpenStore(":memory:");
};

// Many messages of equal time and logical counter, from devices and epochs that sort in all ways.
std::vector<Message> TangledMessages() {
  std::vector<Message> messages;
  for (const char* device : {"a", "b", "c"}) {
    for (const uint64_t epoch : {uint64_t{1}, uint64_t{1} << 63, ~uint64_t{0}}) {
      for (uint64_t number = 1; number <= 8; ++number) {
        Message message = TheirMessage(number);
        message.id = {device, epoch, number};
        message.time = absl::FromUnixMillis(static_cast<int64_t>(number / 3));
        message.logical = static_cast<uint32_t>(number % 2);
        message.text = ToString(message.id);
        messages.push_back(message);
      }
    }
  }
  return messages;
}

TEST_F(HistoryTest, IsOrderedByTimeLogicalId) {
  std::vector<Message> messages = TangledMessages();
  std::shuffle(messages.begin(), messages.end(), std::mt19937(7));  // NOLINT: the same order in every run
  for (const Message& message : messages) Add(*store_, message);
  std::sort(messages.begin(), messages.end(), [](const Message& a, const Message& b) {
    return std::tie(a.time, a.logical, a.id) < std::tie(b.time, b.logical, b.id);
  });
  const std::vector<std::string> expected = Texts(messages);
  EXPECT_EQ(Texts(store_->History("@alice", 1000)), expected);

  // Pages of any size are the same whole.
  for (const int page : {1, 2, 7, 50}) {
    std::vector<std::string> paged;
    std::optional<MessageId> before;
    while (true) {
      const auto messages_before = store_->History("@alice", page, before);
      const std::vector<std::string> texts = Texts(messages_before);
      if (texts.empty()) break;
      ASSERT_LE(texts.size(), static_cast<size_t>(page));
      paged.insert(paged.begin(), texts.begin(), texts.end());
      before = messages_before->front().id;
    }
    EXPECT_EQ(paged, expected) << page;
  }
}

TEST_F(HistoryTest, IsOfOneConversation) {
  Add(*store_, TheirMessage(1, "here"));
  Message elsewhere = TheirMessage(1, "there");
  elsewhere.conversation = "#room";
  Add(*store_, elsewhere);
  EXPECT_THAT(Texts(store_->History("@alice", 10)), ElementsAre("here"));
  EXPECT_THAT(Texts(store_->History("@nobody", 10)), ElementsAre());
  EXPECT_THAT(Texts(store_->History("@alice", 0)), ElementsAre());
  EXPECT_THAT(Texts(store_->History("@alice", -1)), ElementsAre());
}

TEST_F(HistoryTest, BeforeWhatIsNotThereIsNotFound) {
  Add(*store_, TheirMessage(1));
  EXPECT_EQ(store_->History("@alice", 10, TheirMessage(2).id).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->History("@bob", 10, TheirMessage(1).id).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(HistoryTest, HoldsTimesOfAnySign) {
  Message old = TheirMessage(1, "before 1970");
  old.time = absl::FromUnixMillis(-5);
  Message last = TheirMessage(2, "far");
  last.time = absl::InfiniteFuture();
  last.logical = 9;
  Add(*store_, last);
  Add(*store_, old);
  EXPECT_THAT(Texts(store_->History("@alice", 10)), ElementsAre("before 1970", "far"));
}

TEST_F(HistoryTest, RangesAreOfOneAuthor) {
  for (const uint64_t number : {5u, 1u, 3u, 2u}) Add(*store_, TheirMessage(number));
  Message other = TheirMessage(2);
  other.id.epoch = 8;
  Add(*store_, other);
  EXPECT_THAT(Numbers(store_->Range("@alice", "dev", 7, 1, 10, 100)), ElementsAre(1, 2, 3, 5));
  EXPECT_THAT(Numbers(store_->Range("@alice", "dev", 7, 2, 3, 100)), ElementsAre(2, 3));
  EXPECT_THAT(Numbers(store_->Range("@alice", "dev", 7, 2, 100, 2)), ElementsAre(2, 3));
  EXPECT_THAT(Numbers(store_->Range("@alice", "dev", 7, 0, ~uint64_t{0}, 100)), ElementsAre(1, 2, 3, 5));
  EXPECT_THAT(Numbers(store_->Range("@alice", "dev", 7, 4, 2, 100)), ElementsAre());
  EXPECT_THAT(Numbers(store_->Range("@alice", "dev", 9, 1, 10, 100)), ElementsAre());
  EXPECT_THAT(Numbers(store_->Range("@bob", "dev", 7, 1, 10, 100)), ElementsAre());
}

TEST_F(HistoryTest, APageHasTheNewestThatFit) {
  for (uint64_t number = 1; number <= 5; ++number) {
    Message message = TheirMessage(number);
    message.time = absl::FromUnixMillis(static_cast<int64_t>(number));
    message.text = std::string(100, 'x');
    Add(*store_, message);
  }
  const auto page = [&](int limit, size_t bytes, const std::optional<MessageId>& before = std::nullopt) {
    return *store_->HistoryPage("@alice", limit, before, bytes);
  };
  EXPECT_THAT(Numbers(page(10, 300).messages), ElementsAre(3, 4, 5));
  EXPECT_TRUE(page(10, 300).more);
  EXPECT_THAT(Numbers(page(10, 299).messages), ElementsAre(4, 5));
  EXPECT_THAT(Numbers(page(10, 1).messages), ElementsAre(5)) << "one always fits";
  EXPECT_THAT(Numbers(page(10, 500).messages), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_FALSE(page(10, 500).more);
  EXPECT_FALSE(page(5, 500).more);
  EXPECT_THAT(Numbers(page(4, 500).messages), ElementsAre(2, 3, 4, 5));
  EXPECT_TRUE(page(4, 500).more);
  EXPECT_THAT(Numbers(page(10, 300, TheirMessage(3).id).messages), ElementsAre(1, 2));
  EXPECT_FALSE(page(10, 300, TheirMessage(3).id).more);
}

}  // namespace
}  // namespace parlor::client
