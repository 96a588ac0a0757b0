// What of a stream is owed to this member, and what is not: since when it has a baseline, and what it is told
// of single streams.
#include "tests/client/overlay/overlay_fixture.h"

namespace parlor::client::overlay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr absl::Duration kBaselinePatience = absl::Seconds(10);

class OwedTest : public OverlayTest {
 protected:
  // A neighbour that has no baseline itself.
  void BefriendNewcomer(const PeerId& peer) {
    LinkUp(peer);
    if (!overlay_.mesh()) Tell(peer, Word(RoomGossip::NEIGHBOUR_ASK));
    ASSERT_TRUE(overlay_.IsNeighbour(peer));
  }
  static RoomGossip All() {
    RoomGossip gossip;
    gossip.set_all(true);
    return gossip;
  }
  std::vector<PeerId> ToldAll() const {
    return ToldThat([](const RoomGossip& gossip) { return gossip.all(); });
  }
  // The first and the last of what was asked for of this stream, each time.
  using FromTo = std::pair<uint64_t, uint64_t>;
  std::vector<FromTo> AskedFor(StreamId stream) const {
    std::vector<FromTo> ranges;
    for (const auto& [peer, gossip] : host_.gossip) {
      for (const auto& want : gossip.wants()) {
        if (want.stream() == stream) ranges.emplace_back(want.from(), want.to());
      }
    }
    return ranges;
  }
};

// ---- baseline

TEST_F(OwedTest, WhoIsNewItselfDoesNotSayThatItToldAll) {
  overlay_.SetRoomSize(kLarge, now_);
  BefriendNewcomer("a");
  BefriendNewcomer("b");
  EXPECT_THAT(ToldAll(), IsEmpty());
  Tell("b", All());
  EXPECT_THAT(ToldAll(), UnorderedElementsAre("a", "b")) << "those who came sooner wait for it";
  host_.Clear();
  Tell("a", All());
  EXPECT_THAT(ToldAll(), IsEmpty()) << "once";
  BefriendNewcomer("c");
  EXPECT_THAT(ToldAll(), ElementsAre("c"));
}

TEST_F(OwedTest, InASmallRoomToo) {
  overlay_.SetRoomSize(kSmall, now_);
  BefriendNewcomer("a");
  EXPECT_THAT(ToldAll(), IsEmpty());
  Tell("a", All());
  EXPECT_THAT(ToldAll(), ElementsAre("a"));
}

TEST_F(OwedTest, WhoIsAloneInARoomKnowsAllOfIt) {
  overlay_.SetRoomSize(1, now_);
  overlay_.SetRoomSize(2, now_);
  BefriendNewcomer("a");
  EXPECT_THAT(ToldAll(), ElementsAre("a"));
}

TEST_F(OwedTest, WhoHasAHistoryWasHereBefore) {
  overlay_.Restore(9, 4);
  overlay_.SetRoomSize(kLarge, now_);
  BefriendNewcomer("a");
  EXPECT_THAT(ToldAll(), ElementsAre("a"));
}

TEST_F(OwedTest, NewcomersAmongThemselvesBeginAfterAWhile) {
  overlay_.SetRoomSize(kLarge, now_);
  BefriendNewcomer("a");
  Pass(absl::Seconds(5));
  BefriendNewcomer("b");
  Pass(kBaselinePatience - absl::Seconds(5) - absl::Milliseconds(1));
  EXPECT_THAT(ToldAll(), IsEmpty());
  Pass(absl::Milliseconds(1));
  EXPECT_THAT(ToldAll(), UnorderedElementsAre("a", "b")) << "from the first neighbour on";
}

TEST_F(OwedTest, TheWhileBeginsWithTheFirstNeighbour) {
  overlay_.SetRoomSize(kLarge, now_);
  Pass(2 * kBaselinePatience);
  BefriendNewcomer("a");
  EXPECT_THAT(ToldAll(), IsEmpty());
  Pass(kBaselinePatience);
  EXPECT_THAT(ToldAll(), ElementsAre("a"));
}

TEST_F(OwedTest, WhoseLinkWasFullIsToldAllWhenItTakesAgain) {
  overlay_.SetRoomSize(kLarge, now_);
  BefriendNewcomer("a");
  host_.full.insert("a");
  BefriendNewcomer("b");
  Tell("b", All());
  EXPECT_THAT(ToldAll(), ElementsAre("b"));
  host_.full.clear();
  overlay_.OnWritable("a", now_);
  EXPECT_THAT(ToldAll(), ElementsAre("b", "a"));
}

TEST_F(OwedTest, WithoutABaselineWhatOthersHaveIsThePast) {
  overlay_.SetRoomSize(kLarge, now_);
  BefriendNewcomer("a");
  Tell("a", Have(kBobs, 3));
  Hear("a", Message(6, 3));
  EXPECT_TRUE(overlay_.Knows({6, 2})) << "not owed";
  Pass(absl::Seconds(2));
  EXPECT_THAT(Asked(), IsEmpty());
}

// The past is asked of whoever is linked first, and that one need not become a neighbour.
TEST_F(OwedTest, WhatWasSaidBetweenTheAnswerOfThePastAndANeighboursFirstWordIsAskedFor) {
  overlay_.SetRoomSize(kLarge, now_);
  BefriendNewcomer("a");
  Tell("a", Have(kBobs, 12));
  Tell("a", All());
  for (uint64_t number = 9; number <= 10; ++number) overlay_.Skip({kBobs, number}, /*given=*/true, now_);
  Tell("a", Have(kBobs, 12));  // as it does again and again
  Pass(options_.first_patience + options_.ask_timeout);
  EXPECT_THAT(AskedFor(kBobs), ::testing::Contains(FromTo(11, 12)));
  EXPECT_TRUE(overlay_.Knows({kBobs, 8}));
}

TEST_F(OwedTest, WithABaselineWhatOthersHaveIsMissedHere) {
  Room(kLarge, {"a"});
  Tell("a", Have(kBobs, 3));
  Hear("a", Message(6, 3));
  EXPECT_FALSE(overlay_.Knows({6, 2}));
  Pass(options_.first_patience);
  EXPECT_THAT(AskedFor(kBobs), ElementsAre(FromTo(1, 3)));
  EXPECT_THAT(AskedFor(6), ElementsAre(FromTo(1, 2)));
}

TEST_F(OwedTest, OfALongStreamAsMuchIsOwedAsToANewcomer) {
  Room(kLarge, {"a"});
  Tell("a", Have(kBobs, 1'000));
  Pass(options_.first_patience);
  ASSERT_THAT(AskedFor(kBobs), ::testing::SizeIs(1));
  EXPECT_EQ(AskedFor(kBobs)[0].first, 1'000 - options_.owed_past + 1);
}

// What is announced by those who have told all was said before; what is announced later, was missed.
TEST_F(OwedTest, WhatComesInOneBreathWithTheBaselineIsThePast) {
  overlay_.SetRoomSize(kLarge, now_);
  BefriendNewcomer("a");
  RoomGossip told = Have(kBobs, 3);
  told.set_all(true);
  Tell("a", told);
  Pass(absl::Seconds(2));
  EXPECT_THAT(Asked(), IsEmpty());
  Tell("a", Have(kBobs, 4));
  Pass(options_.first_patience);
  EXPECT_THAT(AskedFor(kBobs), ElementsAre(FromTo(4, 4)));
}

// ---- Owe

TEST_F(OwedTest, WhatAnAuthorSaysIsOwedIsAskedForWithoutABaseline) {
  overlay_.SetRoomSize(kLarge, now_);
  BefriendNewcomer("a");
  overlay_.Owe(kBobs, 3);
  Tell("a", Have(kBobs, 5));
  EXPECT_TRUE(overlay_.Knows({kBobs, 2})) << "before that nothing is owed";
  EXPECT_FALSE(overlay_.Knows({kBobs, 3}));
  Pass(options_.first_patience);
  EXPECT_THAT(AskedFor(kBobs), ElementsAre(FromTo(3, 5)));
}

TEST_F(OwedTest, AnAuthorKnowsBetterThanHearsay) {
  Room(kLarge, {"a"});
  Tell("a", Have(kBobs, 4));
  overlay_.Owe(kBobs, 4);
  Pass(options_.first_patience);
  EXPECT_THAT(AskedFor(kBobs), ElementsAre(FromTo(4, 4)));
}

TEST_F(OwedTest, WhatCameBeforeTheAuthorSaidWhatIsOwedStands) {
  overlay_.SetRoomSize(kLarge, now_);
  BefriendNewcomer("a");
  Hear("a", Message(kBobs, 5));
  overlay_.Owe(kBobs, 1);
  EXPECT_TRUE(overlay_.Knows({kBobs, 4}));
  overlay_.Owe(kBobs, 9);
  EXPECT_FALSE(overlay_.Knows({kBobs, 6}));
}

// ---- Skip

TEST_F(OwedTest, WhatCameByAnotherWayIsNeitherAskedForNorPassedOn) {
  Room(kLarge, {"a", "b"});
  Hear("a", Message(kBobs, 1));
  Hear("a", Message(kBobs, 3));
  EXPECT_EQ(overlay_.missing(), 1u);
  overlay_.Skip({kBobs, 2}, /*given=*/true, now_);
  EXPECT_TRUE(overlay_.Knows({kBobs, 2}));
  EXPECT_EQ(overlay_.missing(), 0u);
  Pass(absl::Seconds(1));
  EXPECT_THAT(Asked(), IsEmpty());
  EXPECT_THAT(PushedTo({kBobs, 2}), IsEmpty());
  EXPECT_THAT(PushedTo({kBobs, 3}), ElementsAre("b"));
}

TEST_F(OwedTest, WhatWasAnnouncedAndIsSkippedIsNotAskedFor) {
  Room(kLarge, {"a"});
  Hear("a", Message(kBobs, 1));
  Tell("a", Have(kBobs, 2));
  overlay_.Skip({kBobs, 2}, /*given=*/true, now_);
  Pass(absl::Seconds(1));
  EXPECT_THAT(Asked(), IsEmpty());
}

TEST_F(OwedTest, WhatIsMissingBeforeASkippedOneIsAskedFor) {
  Room(kLarge, {"a"});
  Hear("a", Message(kBobs, 1));
  Tell("a", Have(kBobs, 1));
  overlay_.Skip({kBobs, 3}, /*given=*/true, now_);
  EXPECT_FALSE(overlay_.Knows({kBobs, 2}));
  EXPECT_EQ(overlay_.missing(), 1u);
  Pass(options_.first_patience);
  EXPECT_EQ(overlay_.missing(), 1u);
  Tell("a", Have(kBobs, 3));  // who has it, is known
  Pass(options_.ask_timeout);
  EXPECT_THAT(AskedFor(kBobs), ElementsAre(FromTo(2, 2)));
}

TEST_F(OwedTest, WhatFollowsASkippedOneIsTakenAsEver) {
  Room(kLarge, {"a", "b"});
  overlay_.Skip({kBobs, 1}, /*given=*/true, now_);
  EXPECT_FALSE(overlay_.Knows({kBobs, 2}));
  Hear("a", Message(kBobs, 2));
  EXPECT_TRUE(overlay_.Knows({kBobs, 2}));
  EXPECT_THAT(PushedTo({kBobs, 2}), ElementsAre("b"));
}

// Who announced it would be asked for it, and blamed.
TEST_F(OwedTest, WhatCannotBeGivenAndWhatFollowsItIsNotAnnounced) {
  Room(kLarge, {"a"});
  Hear("a", Message(kBobs, 1));
  overlay_.Skip({kBobs, 2}, /*given=*/false, now_);
  Hear("a", Message(kBobs, 3));
  host_.Clear();
  Befriend("b");
  uint64_t told = 0;
  for (const auto& [peer, gossip] : host_.gossip) {
    for (const auto& mark : gossip.haves()) {
      if (mark.stream() == kBobs) told = std::max(told, mark.up_to());
    }
  }
  EXPECT_EQ(told, 1u);
}

TEST_F(OwedTest, OneThatCannotBeProvedDoesNotHideThoseBeforeIt) {
  Room(kLarge, {"a"});
  overlay_.Skip({kBobs, 3}, /*given=*/false, now_);
  EXPECT_FALSE(overlay_.Knows({kBobs, 2}));
}

}  // namespace
}  // namespace parlor::client::overlay
