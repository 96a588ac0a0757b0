// Marks, the outbox, withdrawing and reading.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/store/store_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;

class MarksTest : public ::testing::Test {
 protected:
  void Raise(uint64_t up_to, Mark mark, uint64_t from = 1) {
    const absl::Status raised = store_->RaiseMarks("@alice", "mine", 7, up_to, mark, from);
    EXPECT_TRUE(raised.ok()) << raised;
  }

  std::vector<Mark> Marks() {
    std::vector<Mark> marks;
    for (const Message& message : ValueOf(store_->History("@alice", 100))) marks.push_back(message.mark);
    return marks;
  }

  const std::unique_ptr<Store> store_ = OpenStore(":memory:");
};

TEST_F(MarksTest, OnlyGoUp) {
  for (uint64_t number = 1; number <= 4; ++number) Add(*store_, OwnMessage(number));
  Raise(3, Mark::kSent);
  Raise(2, Mark::kDelivered);
  Raise(1, Mark::kRead);
  const auto expected = ElementsAre(Mark::kRead, Mark::kDelivered, Mark::kSent, Mark::kQueued);
  EXPECT_THAT(Marks(), expected);

  Raise(2, Mark::kSent);
  Raise(1, Mark::kDelivered);
  Raise(4, Mark::kQueued);
  EXPECT_THAT(Marks(), expected);

  Raise(3, Mark::kRead);
  Raise(4, Mark::kDelivered);
  EXPECT_THAT(Marks(), ElementsAre(Mark::kRead, Mark::kRead, Mark::kRead, Mark::kDelivered));
}

TEST_F(MarksTest, ReachNoMessageThatIsWrittenLater) {
  Add(*store_, OwnMessage(1));
  Raise(~uint64_t{0}, Mark::kRead);
  Add(*store_, OwnMessage(2));
  EXPECT_THAT(Marks(), ElementsAre(Mark::kRead, Mark::kQueued));
}

TEST_F(MarksTest, DoNotReachOverWhatIsNotToHaveThem) {
  for (uint64_t number = 1; number <= 4; ++number) Add(*store_, OwnMessage(number));
  Raise(4, Mark::kDelivered, 3);
  EXPECT_THAT(Marks(), ElementsAre(Mark::kQueued, Mark::kQueued, Mark::kQueued, Mark::kQueued));
  Raise(2, Mark::kDelivered);
  Raise(4, Mark::kDelivered, 3);
  EXPECT_THAT(Marks(), ElementsAre(Mark::kDelivered, Mark::kDelivered, Mark::kDelivered, Mark::kDelivered));
}

TEST_F(MarksTest, AMessageThatIsAddedWithAMarkKeepsIt) {
  Message sent = OwnMessage(1);
  sent.mark = Mark::kDelivered;
  Add(*store_, sent);
  Add(*store_, OwnMessage(2));
  Raise(2, Mark::kSent);
  EXPECT_THAT(Marks(), ElementsAre(Mark::kDelivered, Mark::kSent));
}

TEST_F(MarksTest, AreForOwnMessagesOfOneStreamOnly) {
  Add(*store_, TheirMessage(1));
  EXPECT_TRUE(store_->RaiseMarks("@alice", "dev", 7, 1, Mark::kRead).ok());
  EXPECT_TRUE(store_->RaiseMarks("@alice", "nobody", 7, 1, Mark::kRead).ok());
  Add(*store_, OwnMessage(1));
  EXPECT_TRUE(store_->RaiseMarks("@alice", "mine", 8, 1, Mark::kRead).ok());
  EXPECT_TRUE(store_->RaiseMarks("@bob", "mine", 7, 1, Mark::kRead).ok());
  EXPECT_THAT(Marks(), ElementsAre(Mark::kQueued, Mark::kQueued));
}

TEST_F(MarksTest, TheOutboxHoldsWhatIsNotDelivered) {
  for (uint64_t number = 1; number <= 3; ++number) Add(*store_, OwnMessage(number, "to alice"));
  Message to_bob = OwnMessage(1, "to bob");
  to_bob.conversation = "@bob";
  to_bob.time = absl::FromUnixMillis(2500);
  Add(*store_, to_bob);
  Message to_room = OwnMessage(1, "to a room");
  to_room.conversation = "#room";
  Add(*store_, to_room);
  Add(*store_, TheirMessage(1));

  EXPECT_THAT(Texts(store_->Outbox()), ElementsAre("to alice", "to alice", "to bob", "to alice"));
  EXPECT_THAT(Texts(store_->Outbox("@bob")), ElementsAre("to bob"));
  EXPECT_THAT(Texts(store_->Outbox("#room")), ElementsAre());
  EXPECT_THAT(Texts(store_->Outbox("@nobody")), ElementsAre());

  Raise(3, Mark::kSent);
  EXPECT_THAT(Numbers(store_->Outbox("@alice")), ElementsAre(1, 2, 3)) << "sent is not delivered";
  Raise(2, Mark::kDelivered);
  EXPECT_THAT(Numbers(store_->Outbox("@alice")), ElementsAre(3));
  Raise(3, Mark::kRead);
  EXPECT_THAT(Numbers(store_->Outbox("@alice")), ElementsAre());
}

TEST_F(MarksTest, WhatIsQueuedCanBeWithdrawn) {
  for (uint64_t number = 1; number <= 3; ++number) Add(*store_, OwnMessage(number));
  EXPECT_TRUE(store_->Withdraw("@alice", OwnMessage(2).id).ok());
  EXPECT_THAT(Numbers(store_->Outbox()), ElementsAre(1, 3));
  EXPECT_EQ(store_->Withdraw("@alice", OwnMessage(2).id).code(), absl::StatusCode::kNotFound);
}

TEST_F(MarksTest, WhatWentOutCannotBeWithdrawn) {
  Add(*store_, OwnMessage(1));
  Add(*store_, OwnMessage(2));
  Raise(1, Mark::kSent);
  EXPECT_EQ(store_->Withdraw("@alice", OwnMessage(1).id).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(store_->Withdraw("@alice", OwnMessage(2).id).ok());
  Add(*store_, OwnMessage(3));
  Raise(3, Mark::kDelivered);
  EXPECT_EQ(store_->Withdraw("@alice", OwnMessage(3).id).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Numbers(store_->History("@alice", 10)), ElementsAre(1, 3));
}

TEST_F(MarksTest, NobodyElsesMessageCanBeWithdrawn) {
  Add(*store_, TheirMessage(1));
  EXPECT_EQ(store_->Withdraw("@alice", TheirMessage(1).id).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->Withdraw("@alice", OwnMessage(1).id).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->Withdraw("@bob", TheirMessage(1).id).code(), absl::StatusCode::kNotFound);
}

TEST_F(MarksTest, ReadingIsForWhatWasHere) {
  const auto read_here = [&] {
    std::vector<uint64_t> numbers;
    for (const Message& message : ValueOf(store_->History("@alice", 100))) {
      if (message.read_here) numbers.push_back(message.id.number);
    }
    return numbers;
  };
  for (const uint64_t number : {1u, 3u, 4u, 5u}) Add(*store_, TheirMessage(number));
  Add(*store_, OwnMessage(2));
  Message elsewhere = TheirMessage(1);
  elsewhere.conversation = "#room";
  Add(*store_, elsewhere);
  EXPECT_THAT(read_here(), ElementsAre());

  ASSERT_TRUE(store_->MarkReadHere("@alice", TheirMessage(4).id).ok());
  EXPECT_THAT(read_here(), ElementsAre(1, 3, 4));
  Add(*store_, TheirMessage(2));  // came late: nobody has seen it yet
  EXPECT_THAT(read_here(), ElementsAre(1, 3, 4));
  ASSERT_TRUE(store_->MarkReadHere("@alice", OwnMessage(2).id).ok());
  EXPECT_THAT(read_here(), ElementsAre(1, 2, 3, 4));
  EXPECT_FALSE(store_->History("#room", 1)->front().read_here);
  EXPECT_EQ(store_->MarkReadHere("@alice", TheirMessage(9).id).code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace parlor::client
