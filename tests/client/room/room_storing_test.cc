// What others say faster than the disk takes it.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/room/room_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr size_t kBound = 64 * 1024 * 1024;  // docs/architecture.md
constexpr size_t kEach = 128 * 1024;
constexpr size_t kFit = kBound / kEach;

class RoomStoringTest : public RoomMachineTest {
 protected:
  RoomStoringTest() {
    Join(bob, Role::kSpeaker);
    Acknowledged(bob);
  }

  // For what is missing.
  bool Asked(const TestAuthor& who) const {
    const std::vector<peer::v1::Frame> frames = FramesTo(who);
    return std::any_of(frames.begin(), frames.end(),
                       [](const peer::v1::Frame& frame) { return frame.has_room_want(); });
  }
};

class RoomStoringBoundTest : public RoomStoringTest {
 protected:
  RoomStoringBoundTest() {
    for (size_t i = 0; i <= kFit; ++i) said.push_back(OfSize(bob.Says(absl::StrCat("m", i)), kEach));
  }

  // A signature that fits nothing may be as long as a frame.
  static peer::v1::SignedMessage OfSize(peer::v1::SignedMessage message, size_t bytes) {
    message.set_signature(std::string(bytes - message.body().size(), 's'));
    return message;
  }
  // A frame each of the first `count`.
  void HandFirst(size_t count) {
    for (size_t i = 0; i < count; ++i) Hand(bob, {said[i]});
  }

  std::vector<peer::v1::SignedMessage> said;  // one more than fit
};

TEST_F(RoomStoringBoundTest, UpToTheBoundEverythingWaitsForTheDiskAndIsAcknowledgedThen) {
  HandFirst(kFit);
  EXPECT_EQ(Shown().size(), kFit);
  EXPECT_THAT(Errors(), IsEmpty());
  EXPECT_THAT(Acknowledged(bob), IsEmpty());
  Commit();
  EXPECT_THAT(Acknowledged(bob), ElementsAre(absl::StrCat("1-", kFit)));
  // What is on the disk does not count any more.
  Hand(bob, {said[kFit]});
  Commit();
  EXPECT_THAT(Errors(), IsEmpty());
  EXPECT_THAT(Acknowledged(bob), ElementsAre(absl::StrCat("1-", kFit + 1)));
}

TEST_F(RoomStoringBoundTest, BeyondItCountsAsNotStoredAndIsAskedForAgain) {
  HandFirst(kFit);
  Hand(bob, {said[kFit]});
  EXPECT_THAT(Errors(), ElementsAre("not_stored"));
  EXPECT_EQ(Shown().size(), kFit + 1) << "the link proves it: it was shown";
  EXPECT_THAT(host.closed, IsEmpty());
  Commit();
  EXPECT_EQ(Stored().size(), kFit);
  EXPECT_THAT(Acknowledged(bob), ElementsAre(absl::StrCat("1-", kFit))) << "marks say \"up to here\"";
  EXPECT_FALSE(Asked(bob));
  Wait(absl::Seconds(5));
  EXPECT_TRUE(Asked(bob));

  Hand(bob, {said[kFit]});
  Commit();
  EXPECT_THAT(Errors(), ElementsAre("not_stored")) << "no other";
  EXPECT_EQ(Shown().size(), kFit + 1) << "once";
  EXPECT_EQ(Stored().size(), kFit + 1);
  EXPECT_THAT(Acknowledged(bob), ElementsAre(absl::StrCat("1-", kFit + 1)));
}

TEST_F(RoomStoringBoundTest, WhatCouldNotBeStoredDoesNotCountEither) {
  HandFirst(kFit);
  FailCommit();
  EXPECT_THAT(Errors(), ElementsAre("not_stored"));
  Wait(absl::Seconds(5));
  // All of them fit again: one that did not would keep the rest from being acknowledged. An answer has a
  // hundred; then the rest is asked for.
  for (size_t i = 0; i < kFit; ++i) {
    if (i > 0 && i % kNewcomerMessages == 0) {
      Commit();
      Wait(absl::Seconds(1));
    }
    Hand(bob, {said[i]}, /*past=*/true);
  }
  Commit();
  EXPECT_EQ(Acknowledged(bob).back(), absl::StrCat("1-", kFit));
}

TEST_F(RoomStoringTest, AMarkEndsBeforeTheFirstThatIsMissingUntilAllHaveCome) {
  const std::vector<peer::v1::SignedMessage> said = {bob.Says("one"), bob.Says("two"), bob.Says("three"),
                                                     bob.Says("four")};
  Hand(bob, {said[0]});
  FailCommit();
  Hand(bob, {said[1]});
  Commit();
  Hand(bob, {said[2]});
  FailCommit();
  Hand(bob, {said[3]});
  Commit();
  EXPECT_THAT(Acknowledged(bob), IsEmpty());
  Hand(bob, {said[0], said[1]});
  Commit();
  EXPECT_THAT(Acknowledged(bob), ElementsAre("1-2"));
  Hand(bob, {said[2]});
  Commit();
  EXPECT_THAT(Acknowledged(bob), ElementsAre("1-4"));
}

// Each of its starts is an author of its own to the one who keeps book of what is missing.
TEST_F(RoomStoringTest, WhileTheDiskTakesNothingNotEverythingIsTakenIn) {
  std::vector<peer::v1::SignedMessage> said;
  for (bob.epoch = 1; bob.epoch <= kMaxAuthorStreams; ++bob.epoch) {
    bob.said = 0;
    bob.last_hash.clear();
    said.push_back(bob.Says("lost"));
  }
  Hand(bob, said);
  FailCommit();
  EXPECT_EQ(Shown().size(), kMaxAuthorStreams);
  bob.said = 0;
  bob.last_hash.clear();
  const peer::v1::SignedMessage later = bob.Says("later");
  Hand(bob, {later});
  EXPECT_EQ(Shown().size(), kMaxAuthorStreams) << "left with those who have it";
  Hand(bob, {said[0]});
  Commit();
  Hand(bob, {later});
  EXPECT_EQ(Shown().size(), kMaxAuthorStreams + 1);
}

// Cem's link to bob was slow: bob has not heard it either.
TEST_F(RoomStoringTest, WhatIsMissingIsAskedForUntilItHasCome) {
  Join(cem, Role::kSpeaker);
  Acknowledged(cem);
  Hand(cem, {cem.Says("lost")});
  FailCommit();
  peer::v1::Frame that_is_all;
  that_is_all.mutable_room_synced()->set_room(kRoomId);
  for (int i = 0; i < 12 && !Asked(cem); ++i) {
    Wait(absl::Seconds(5));
    room.OnFrame("bob", that_is_all, now);
  }
  EXPECT_TRUE(Asked(cem));
}

}  // namespace
}  // namespace parlor::client
