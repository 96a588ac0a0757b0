#include "client/store/store.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/store/store_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StoreTest : public ::testing::Test {
 protected:
  const std::unique_ptr<Store> store_ = OpenStore(":memory:");
};

TEST_F(StoreTest, KeepsAllOfAMessage) {
  Message message = TheirMessage(3, "hello");
  message.conversation = "#room";
  message.id.epoch = 0xffff'ffff'ffff'fff0;
  message.logical = 4'000'000'000;
  message.body = "signed: hello";
  message.signature = std::string("sig\0nature", 10);
  message.proof = Proof::kUnverified;
  message.read_here = true;
  Add(*store_, message);

  const auto history = store_->History("#room", 10);
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_EQ(history->size(), 1u);
  const Message& stored = history->front();
  EXPECT_EQ(stored.conversation, message.conversation);
  EXPECT_EQ(stored.id, message.id);
  EXPECT_EQ(stored.sender, message.sender);
  EXPECT_FALSE(stored.own);
  EXPECT_EQ(stored.time, message.time);
  EXPECT_EQ(stored.logical, message.logical);
  EXPECT_EQ(stored.text, message.text);
  EXPECT_EQ(stored.body, message.body);
  EXPECT_EQ(stored.signature, message.signature);
  EXPECT_EQ(stored.proof, message.proof);
  EXPECT_TRUE(stored.read_here);
  EXPECT_EQ(stored.via, message.via);
  EXPECT_EQ(stored.stored_at, message.stored_at);
}

TEST_F(StoreTest, KeepsTextsAsTheyAre) {
  std::string combining = "e";
  for (int i = 0; i < 1000; ++i) combining += "\u0301";
  const std::vector<std::string> texts = {
      "",
      std::string(60 * 1024, 'x'),
      std::string(kMaxTextBytes, 'y'),
      "one\ntwo\r\n\nfour",
      combining,
      "\u0301\u0302\u0303",
      std::string("nul \0 in the middle\0", 20),
      "\x1b[31mred\x07",
      "\xff\xfe not UTF-8",
      "日本語 👩‍👩‍👧 العربية",
  };
  uint64_t number = 0;
  for (const std::string& text : texts) Add(*store_, TheirMessage(++number, text));
  EXPECT_EQ(Texts(store_->History("@alice", 100)), texts);
}

TEST_F(StoreTest, RefusesWhatIsTooLongOrNotNumbered) {
  const auto too_long = store_->AddMessage(TheirMessage(1, std::string(kMaxTextBytes + 1, 'x')));
  EXPECT_EQ(too_long.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(too_long.status().message()), HasSubstr("65536"));
  EXPECT_EQ(store_->AddMessage(TheirMessage(0)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->AddMessage(TheirMessage(uint64_t{1} << 63)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Texts(store_->History("@alice", 10)), ElementsAre());
}

TEST_F(StoreTest, ADeviceWritesUnderOneName) {
  Add(*store_, TheirMessage(1));
  Message other = TheirMessage(2);
  other.sender = "mallory";
  EXPECT_EQ(store_->AddMessage(other).status().code(), absl::StatusCode::kInvalidArgument);
  other = TheirMessage(2);
  other.own = true;
  EXPECT_EQ(store_->AddMessage(other).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(StoreTest, TakesAnIdOnceAndTellsConflicts) {
  Message message = TheirMessage(1, "first");
  Add(*store_, message);
  bool conflict = true;
  auto again = store_->AddMessage(message, &conflict);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(*again);
  EXPECT_FALSE(conflict);

  message.text = "second";
  again = store_->AddMessage(message, &conflict);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(*again);
  EXPECT_TRUE(conflict);

  message.text = "first";
  message.body = "another body";
  again = store_->AddMessage(message, &conflict);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(conflict);

  message.conversation = "#room";
  again = store_->AddMessage(message, &conflict);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(*again) << "the same id in another conversation is another message";
  EXPECT_FALSE(conflict);
  EXPECT_THAT(Texts(store_->History("@alice", 10)), ElementsAre("first"));
}

TEST_F(StoreTest, SignaturesOfOneBodyMayDiffer) {
  Message message = TheirMessage(1);
  message.body = "body";
  message.signature = "one";
  Add(*store_, message);
  message.signature = "two";
  bool conflict = true;
  ASSERT_TRUE(store_->AddMessage(message, &conflict).ok());
  EXPECT_FALSE(conflict);
}

TEST_F(StoreTest, SetsProofs) {
  Add(*store_, TheirMessage(1));
  ASSERT_TRUE(store_->SetProof("@alice", TheirMessage(1).id, Proof::kConflict).ok());
  EXPECT_EQ(store_->History("@alice", 1)->front().proof, Proof::kConflict);
  EXPECT_EQ(store_->SetProof("@alice", TheirMessage(2).id, Proof::kLink).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->SetProof("@bob", TheirMessage(1).id, Proof::kLink).code(), absl::StatusCode::kNotFound);
}

TEST_F(StoreTest, AFailedTransactionLeavesNothing) {
  const absl::Status status = store_->Transaction([&] {
    Add(*store_, TheirMessage(1));
    return absl::AbortedError("no");
  });
  EXPECT_EQ(status, absl::AbortedError("no"));
  EXPECT_THAT(Texts(store_->History("@alice", 10)), ElementsAre());
  // The stream that it made is gone with it, and made anew.
  Add(*store_, TheirMessage(1, "again"));
  EXPECT_THAT(Texts(store_->History("@alice", 10)), ElementsAre("again"));
}

TEST_F(StoreTest, AFailedSavepointLeavesTheRest) {
  const absl::Status status = store_->Transaction([&]() -> absl::Status {
    Add(*store_, TheirMessage(1, "before"));
    EXPECT_FALSE(store_
                     ->Savepoint([&] {
                       Message other = TheirMessage(1, "inside");
                       other.conversation = "@bob";
                       Add(*store_, other);
                       Add(*store_, TheirMessage(2, "inside"));
                       return absl::AbortedError("no");
                     })
                     .ok());
    Add(*store_, TheirMessage(3, "after"));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Texts(store_->History("@alice", 10)), ElementsAre("before", "after"));
  EXPECT_THAT(Texts(store_->History("@bob", 10)), ElementsAre());
}

TEST_F(StoreTest, TransactionsDoNotNest) {
  EXPECT_TRUE(store_
                  ->Transaction([&]() -> absl::Status {
                    EXPECT_FALSE(store_->Transaction([] { return absl::OkStatus(); }).ok());
                    Add(*store_, TheirMessage(1));
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_FALSE(store_->Savepoint([] { return absl::OkStatus(); }).ok());
  EXPECT_EQ(store_->History("@alice", 10)->size(), 1u);
}

TEST_F(StoreTest, SettingsAreKeptAndReplaced) {
  EXPECT_EQ(*store_->Setting("name"), std::nullopt);
  ASSERT_TRUE(store_->PutSetting("name", std::string("va\0lue", 6)).ok());
  EXPECT_EQ(*store_->Setting("name"), std::string("va\0lue", 6));
  ASSERT_TRUE(store_->PutSetting("name", "").ok());
  EXPECT_EQ(*store_->Setting("name"), "");
}

TEST_F(StoreTest, ConversationsAreListedLatestFirst) {
  for (const auto& [conversation, second] :
       {std::pair{"@old", 10}, {"#new", 30}, {"@middle", 20}, {"@old", 5}}) {
    Message message = TheirMessage(static_cast<uint64_t>(second));
    message.conversation = conversation;
    Add(*store_, message);
  }
  const auto conversations = store_->Conversations();
  ASSERT_TRUE(conversations.ok());
  EXPECT_THAT(*conversations, ElementsAre("#new", "@middle", "@old"));
}

}  // namespace
}  // namespace parlor::client
