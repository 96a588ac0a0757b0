// What is missing is found, as the overlay shows it.
#include "client/overlay/repair.h"

#include <limits>

#include "tests/client/overlay/overlay_fixture.h"

namespace parlor::client::overlay {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kLast = std::numeric_limits<uint64_t>::max();

using RepairTest = OverlayTest;

TEST_F(RepairTest, WhatIsAnnouncedAndDoesNotComeIsAskedForAfterAWhile) {
  Room(kLarge, {"a", "b"});
  Tell("a", Have(kBobs, 2));
  EXPECT_THAT(Asked(), IsEmpty());
  Pass(options_.first_patience);
  ASSERT_THAT(Asked(), ElementsAre("a"));
  EXPECT_EQ(host_.gossip.back().second.wants(0).from(), 1u);
  EXPECT_EQ(host_.gossip.back().second.wants(0).to(), 2u);
  Hear("a", Message(kBobs, 1, 0, true));
  Hear("a", Message(kBobs, 2, 0, true));
  EXPECT_EQ(overlay_.missing(), 0u);
}

TEST_F(RepairTest, WhoDoesNotAnswerIsFollowedByTheNext) {
  Room(kLarge, {"a", "b"});
  Tell("a", Have(kBobs, 1));
  Tell("b", Have(kBobs, 1));
  Pass(options_.first_patience + options_.ask_timeout);
  EXPECT_THAT(Asked(), ElementsAre("a", "b"));
}

TEST_F(RepairTest, WhenNothingComesAlongTheTreeItIsJoinedToWhoIsAsked) {
  Room(kLarge, {"a", "b"});
  Tell("a", Have(kBobs, 1));
  Tell("b", Have(kBobs, 1));
  Pass(options_.first_patience + options_.ask_timeout);
  ASSERT_EQ(host_.gossip.size(), 2u);
  EXPECT_FALSE(host_.gossip[0].second.graft()) << "one message may be late";
  EXPECT_TRUE(host_.gossip[1].second.graft());
}

// ---- in a mesh the author brings everything itself

TEST_F(RepairTest, InAMeshWhatOthersAnnounceIsWaitedForAsLongAsItsAuthorIsLinked) {
  Room(kSmall, {"bob", "a"});
  Hear("bob", Message(kBobs, 1), /*own=*/true);
  Tell("a", Have(kBobs, 2));
  Pass(options_.author_patience - absl::Milliseconds(1));
  EXPECT_THAT(Asked(), IsEmpty());
  Pass(absl::Milliseconds(1));
  EXPECT_THAT(Asked(), ElementsAre("a"));
}

TEST_F(RepairTest, InAMeshWhatComesFromItsAuthorMeanwhileIsNotAskedFor) {
  Room(kSmall, {"bob", "a"});
  Hear("bob", Message(kBobs, 1), /*own=*/true);
  Tell("a", Have(kBobs, 3));
  Pass(options_.author_patience / 2);
  for (uint64_t number = 2; number <= 3; ++number) Hear("bob", Message(kBobs, number), /*own=*/true);
  Pass(2 * options_.author_patience);
  EXPECT_THAT(Asked(), IsEmpty());
}

TEST_F(RepairTest, InAMeshWhatTheAuthorAnnouncesWasPushedBeforeAndIsAskedForSoon) {
  Room(kSmall, {"bob", "a"});
  Hear("bob", Message(kBobs, 1), /*own=*/true);
  Tell("a", Have(kBobs, 2));
  Tell("bob", Have(kBobs, 2));
  Pass(options_.first_patience);
  EXPECT_THAT(Asked(), ElementsAre("a"));
}

TEST_F(RepairTest, InAMeshAHoleBeforeWhatCameIsAskedForSoon) {
  Room(kSmall, {"bob", "a"});
  Hear("bob", Message(kBobs, 1), /*own=*/true);
  Hear("bob", Message(kBobs, 3), /*own=*/true);
  Pass(options_.first_patience);
  EXPECT_THAT(Asked(), ElementsAre("bob"));
}

TEST_F(RepairTest, InAMeshWhoseAuthorIsNotLinkedOthersAreAskedSoon) {
  Room(kSmall, {"bob", "a"});
  Hear("bob", Message(kBobs, 1), /*own=*/true);
  overlay_.OnLinkDown("bob", now_);
  Tell("a", Have(kBobs, 2));
  Pass(options_.first_patience);
  EXPECT_THAT(Asked(), ElementsAre("a"));
}

TEST_F(RepairTest, AnswersComeFromTheCacheAndBeforeThatFromHistory) {
  Room(kLarge, {"a"});
  overlay_.Restore(kBobs, 150);
  for (uint64_t number = 151; number <= 300; ++number) Hear("a", Message(kBobs, number));
  host_.Clear();
  Tell("a", Want(kBobs, 101, 300));
  ASSERT_EQ(host_.history.size(), 1u);
  EXPECT_EQ(host_.history[0].from, 101u);
  EXPECT_EQ(host_.history[0].up_to, 150u);
  ASSERT_EQ(host_.payloads.size(), 50u);
  EXPECT_TRUE(host_.payloads[0].second.detour);
  EXPECT_EQ(host_.payloads.back().second.id.number, 200u) << "answer_messages";
  host_.Clear();
  Tell("a", Want(kBobs, 301, 400));
  Tell("a", Want(kBobs, 0, 5));
  Tell("a", Want(kBobs, 9, 5));
  Tell("a", Want(6, 1, 5));
  EXPECT_THAT(host_.payloads, IsEmpty());
  EXPECT_THAT(host_.history, IsEmpty());
}

TEST_F(RepairTest, ANewcomerIsOwedWhatComesAndNotThePast) {
  overlay_.SetRoomSize(kLarge, now_);
  LinkUp("a");
  Tell("a", Word(RoomGossip::NEIGHBOUR_ASK));
  RoomGossip all = Have(kBobs, 500);
  all.set_all(true);
  Tell("a", all);
  Pass(absl::Seconds(5));
  EXPECT_THAT(Asked(), IsEmpty());
  Hear("a", Message(kBobs, 503));
  Pass(absl::Seconds(2));
  EXPECT_TRUE(overlay_.Knows({kBobs, 400})) << "not owed";
  EXPECT_FALSE(overlay_.Knows({kBobs, 501}));
}

TEST_F(RepairTest, ALiarHidesNoMessage) {
  Room(kLarge, {"liar", "b"});
  Tell("liar", Have(kBobs, 1'000'000));
  Tell("b", Have(kBobs, 2));
  EXPECT_FALSE(overlay_.Knows({kBobs, 1}));
  Hear("b", Message(kBobs, 1));
  Hear("b", Message(kBobs, 2));
  EXPECT_TRUE(overlay_.Knows({kBobs, 2}));
  Pass(2 * options_.give_up_after);
  EXPECT_FALSE(overlay_.Knows({kBobs, 3})) << "it is still to be written";
  Hear("b", Message(kBobs, 3));
  EXPECT_TRUE(overlay_.Knows({kBobs, 3}));
}

TEST_F(RepairTest, OnlyAHoleBeforeWhatCameIsGivenUp) {
  Room(kLarge, {"a", "b"});
  Hear("a", Message(kBobs, 1));
  Hear("a", Message(kBobs, 3));
  EXPECT_FALSE(overlay_.Knows({kBobs, 2}));
  for (int i = 0; i < 40; ++i) {
    Pass(absl::Milliseconds(500));
    Tell("a", {});
    Tell("b", {});
  }
  EXPECT_TRUE(overlay_.Knows({kBobs, 2}));
  EXPECT_FALSE(overlay_.Knows({kBobs, 4}));
  EXPECT_EQ(overlay_.missing(), 0u);
}

TEST_F(RepairTest, NobodyIsBlamedForAHoleThatTheAuthorLeft) {
  Room(kLarge, {"a", "b"});
  Hear("a", Message(kBobs, 1));
  Hear("a", Message(kBobs, 3));
  for (int i = 0; i < 40; ++i) {
    Pass(absl::Milliseconds(500));
    Tell("a", {});
    Tell("b", {});
  }
  EXPECT_THAT(host_.accused, IsEmpty());
  EXPECT_TRUE(overlay_.IsNeighbour("a"));
}

TEST_F(RepairTest, WhoSaysWhatItDoesNotGiveIsLetGo) {
  Room(kLarge, {"a", "b"});
  Tell("a", Have(kBobs, 3));
  for (int i = 0; i < 20; ++i) {
    Pass(absl::Milliseconds(500));
    Tell("a", {});
    Tell("b", {});
  }
  EXPECT_THAT(host_.accused, ElementsAre("a"));
  EXPECT_FALSE(overlay_.IsNeighbour("a"));
}

TEST_F(RepairTest, WhatManyAuthorsWroteIsAskedForInFramesThatAreAnswered) {
  Room(kLarge, {"a", "b"});
  RoomGossip haves;
  for (StreamId stream = 1; stream <= 200; ++stream) haves.MergeFrom(Have(stream, 1));
  Tell("a", haves);
  for (int i = 0; i < 20; ++i) {
    Pass(absl::Milliseconds(100));
    for (const auto& [peer, gossip] : std::exchange(host_.gossip, {})) {
      EXPECT_LE(gossip.wants_size(), 64);
      for (const auto& want : gossip.wants()) Hear("a", Message(want.stream(), 1, 0, true));
    }
  }
  EXPECT_EQ(overlay_.missing(), 0u);
  EXPECT_THAT(host_.accused, IsEmpty());
}

TEST_F(RepairTest, AnswersThatAreLateInManyStreamsAreOneQuestion) {
  Room(kLarge, {"a", "b"});
  RoomGossip haves;
  for (StreamId stream = 1; stream <= 60; ++stream) haves.MergeFrom(Have(stream, 1));
  Tell("a", haves);
  Pass(options_.first_patience + options_.ask_timeout + absl::Milliseconds(1));
  EXPECT_THAT(host_.accused, IsEmpty());
}

TEST_F(RepairTest, AStreamThatWasForgottenAndIsHeardOfAgainDoesNotSpin) {
  Room(kLarge, {"liar"});
  Tell("liar", Have(1, 5));
  for (StreamId stream = 1'000; stream < 1'000 + options_.streams; ++stream) Tell("liar", Have(stream, 0));
  Tell("liar", Have(1, 0));
  Pass(absl::Seconds(1));
}

TEST_F(RepairTest, HugeNumbersDoNoHarm) {
  Room(kLarge, {"a", "b"});
  Hear("a", Message(kBobs, 1));
  Hear("a", Message(kBobs, kLast));
  Hear("a", Message(6, 0));
  EXPECT_FALSE(overlay_.Knows({6, 1}));
  Tell("b", Want(kBobs, kLast - 99, kLast));
  Tell("b", Want(kBobs, kLast, kLast));
  Tell("b", Want(kBobs, 1, kLast));
  EXPECT_THAT(PushedTo({kBobs, kLast}), ElementsAre("b", "b", "b")) << "pushed, and two answers";
  Tell("b", Have(7, kLast));
  Hear("a", Message(7, 1));
  EXPECT_TRUE(overlay_.Knows({7, 1}));
  EXPECT_FALSE(overlay_.Knows({7, 2}));
  Pass(absl::Minutes(1));
  EXPECT_FALSE(overlay_.Knows({7, 2}));
}

}  // namespace
}  // namespace parlor::client::overlay
