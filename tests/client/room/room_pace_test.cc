// Whether what ann writes is taken: as fast as a person types always, and faster as long as others keep up.
#include <memory>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/room/room_fixture.h"

namespace parlor::client {
namespace {

class RoomPaceTest : public RoomMachineTest {
 protected:
  absl::Status Send() { return room.Send("hello", "ref", now); }
  void SendAndCommit(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) ASSERT_TRUE(Send().ok()) << i;
    Commit();
  }
  // They have stored ann's messages from the first up to there.
  void Has(const TestAuthor& author, uint64_t up_to) {
    peer::v1::Frame frame;
    frame.mutable_room_have()->set_room(kRoomId);
    peer::v1::RoomMark& mark = *frame.mutable_room_have()->add_marks();
    mark.set_device(ann.device());
    mark.set_epoch(1);
    mark.set_from(1);
    mark.set_up_to(up_to);
    Say(author, frame);
  }
};

TEST_F(RoomPaceTest, WhoWritesMoreThanAPersonAndIsNotKeptUpWithIsRefused) {
  Join(bob, Role::kSpeaker);
  SendAndCommit(kAlwaysInFlight);
  Wait(kMaxLag - absl::Milliseconds(1));
  EXPECT_TRUE(Send().ok()) << "they are not late yet";
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(Send().code(), absl::StatusCode::kResourceExhausted);
  Wait(absl::Minutes(1));
  EXPECT_EQ(Send().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(RoomPaceTest, OnceTheOtherHasThemMoreIsTaken) {
  Join(bob, Role::kSpeaker);
  SendAndCommit(kAlwaysInFlight);
  Wait(kMaxLag);
  ASSERT_EQ(Send().code(), absl::StatusCode::kResourceExhausted);
  Has(bob, 1);
  EXPECT_TRUE(Send().ok()) << "one fewer is under way";
  EXPECT_EQ(Send().code(), absl::StatusCode::kResourceExhausted);
  Has(bob, kAlwaysInFlight);
  SendAndCommit(kAlwaysInFlight - 1);
}

TEST_F(RoomPaceTest, APersonWhoWritesFewerIsNeverRefused) {
  Join(bob, Role::kSpeaker);
  SendAndCommit(kAlwaysInFlight - 1);
  Wait(absl::Minutes(5));
  ASSERT_EQ(room.linked(), 1u);
  EXPECT_TRUE(Send().ok());
}

TEST_F(RoomPaceTest, WhoIsAloneIsNeverRefused) {
  SendAndCommit(3 * kAlwaysInFlight);
  Wait(absl::Hours(1));
  EXPECT_TRUE(Send().ok());
}

TEST_F(RoomPaceTest, WhoComesLaterHoldsNobodyUp) {
  SendAndCommit(3 * kAlwaysInFlight);
  Wait(kMaxLag);
  Join(bob, Role::kSpeaker);
  EXPECT_TRUE(Send().ok());
}

TEST_F(RoomPaceTest, OneOfTwoWhoKeepsUpIsEnough) {
  Join(bob, Role::kSpeaker);
  Join(cem, Role::kSpeaker);
  SendAndCommit(kAlwaysInFlight);
  Wait(kMaxLag);
  EXPECT_EQ(Send().code(), absl::StatusCode::kResourceExhausted);
  Has(bob, kAlwaysInFlight);
  EXPECT_TRUE(Send().ok());
}

TEST_F(RoomPaceTest, WhenTheOtherIsGoneMoreIsTaken) {
  Join(bob, Role::kSpeaker);
  SendAndCommit(kAlwaysInFlight);
  Wait(kMaxLag);
  ASSERT_EQ(Send().code(), absl::StatusCode::kResourceExhausted);
  host.Unlink("bob");
  room.OnLinkDown("bob", now);
  EXPECT_TRUE(Send().ok());
}

TEST_F(RoomPaceTest, ToManyFewerAreUnderWayAtOnce) {
  constexpr uint64_t kOthers = 20;
  std::vector<std::unique_ptr<TestAuthor>> others;
  for (uint64_t i = 0; i < kOthers; ++i) {
    others.push_back(std::make_unique<TestAuthor>(absl::StrCat("user", i)));
    Join(*others.back(), Role::kSpeaker);
  }
  for (uint64_t i = 0; i < kMaxDeliveriesInFlight / kOthers; ++i) ASSERT_TRUE(Send().ok()) << i;
  EXPECT_EQ(Send().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(RoomPaceTest, WhoseOnlyLinkTakesNothingIsRefusedUntilItDoes) {
  Join(bob, Role::kSpeaker);
  host.full.insert("bob");
  SendAndCommit(1);
  EXPECT_EQ(Send().code(), absl::StatusCode::kResourceExhausted);
  host.full.clear();
  room.OnWritable("bob", now);
  EXPECT_TRUE(Send().ok());
}

}  // namespace
}  // namespace parlor::client
