// Which own messages are handed out, and who has them.
#include "client/room/own_messages.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using NumberList = std::vector<uint64_t>;

NumberList NumbersOf(const std::vector<const OwnMessage*>& messages) {
  NumberList numbers;
  for (const OwnMessage* message : messages) numbers.push_back(message->number);
  return numbers;
}

class OwnMessagesTest : public ::testing::Test {
 protected:
  // Message `number` is written that many seconds after the start.
  void Write(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t number = own_.last() + 1;
      own_.Add(absl::StrCat("ref ", number), kTestStart + absl::Seconds(number),
               std::make_shared<const std::string>(absl::StrCat("message ", number)));
    }
  }
  NumberList HandOut() {
    NumberList numbers;
    while (const OwnMessage* const next = own_.Next()) numbers.push_back(next->number);
    return numbers;
  }
  // Written, on the disk and handed out.
  void Send(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      Write(1);
      own_.OnStored(own_.last(), true);
      ASSERT_THAT(HandOut(), ElementsAre(own_.last()));
    }
  }
  NumberList Have(const std::string& user, uint64_t from, uint64_t up_to) {
    return NumbersOf(own_.OnHave(user, from, up_to));
  }

  OwnMessages own_;
};

// ---- on their way out

TEST_F(OwnMessagesTest, NothingIsHandedOutBeforeItAndAllBeforeItAreOnTheDisk) {
  Write(3);
  EXPECT_THAT(HandOut(), IsEmpty());
  own_.OnStored(2, true);
  own_.OnStored(3, true);
  EXPECT_THAT(HandOut(), IsEmpty());
  EXPECT_EQ(own_.unstored(), 1u);
  own_.OnStored(1, true);
  EXPECT_THAT(HandOut(), ElementsAre(1, 2, 3));
  EXPECT_THAT(HandOut(), IsEmpty()) << "each once";
  EXPECT_EQ(own_.unstored(), 0u);
}

TEST_F(OwnMessagesTest, ALostOneKeepsItsNumberAndHasNoBytes) {
  Write(3);
  own_.OnStored(1, true);
  EXPECT_EQ(own_.OnStored(2, false).ref, "ref 2");
  own_.OnStored(3, true);
  const OwnMessage* next = own_.Next();
  ASSERT_NE(next, nullptr);
  EXPECT_FALSE(next->lost);
  EXPECT_EQ(*next->bytes, "message 1");
  next = own_.Next();
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->number, 2u);
  EXPECT_TRUE(next->lost);
  EXPECT_EQ(next->bytes, nullptr);
  next = own_.Next();
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(*next->bytes, "message 3");
}

// ---- who has them

TEST_F(OwnMessagesTest, ThatSomebodyHasOneIsNewsOnce) {
  Send(3);
  EXPECT_THAT(Have("bob", 1, 2), ElementsAre(1, 2));
  EXPECT_THAT(Have("bob", 1, 2), IsEmpty());
  EXPECT_THAT(Have("bob", 2, 3), ElementsAre(3));
  EXPECT_THAT(Have("bob", 1, 3), IsEmpty());
}

TEST_F(OwnMessagesTest, ANewcomerHasTheLatestFirstAndWhatWasBeforeThemIsNewsToo) {
  Send(6);
  EXPECT_THAT(Have("bob", 4, 5), ElementsAre(4, 5));
  EXPECT_THAT(Have("bob", 2, 5), ElementsAre(2, 3));
  EXPECT_THAT(Have("bob", 1, 6), ElementsAre(1, 6));
  EXPECT_THAT(Have("bob", 1, 6), IsEmpty());
}

TEST_F(OwnMessagesTest, NothingIsNewsTwiceThoughAGapCameBetween) {
  Send(3);
  EXPECT_THAT(Have("bob", 1, 1), ElementsAre(1));
  EXPECT_THAT(Have("bob", 3, 3), ElementsAre(3));
  EXPECT_THAT(Have("bob", 1, 3), ::testing::Not(::testing::Contains(::testing::AnyOf(1, 3))));
}

TEST_F(OwnMessagesTest, EveryoneWhoHasAMessageIsCounted) {
  Send(2);
  own_.OnHave("bob", 1, 2);
  const std::vector<const OwnMessage*> news = own_.OnHave("cem", 2, 2);
  ASSERT_THAT(NumbersOf(news), ElementsAre(2));
  EXPECT_EQ(news[0]->holders, 2u);
  own_.OnHave("cem", 2, 2);
  EXPECT_EQ(own_.OnHave("cem", 1, 2)[0]->holders, 2u);
  EXPECT_EQ(own_.OnHave("dan", 2, 2)[0]->holders, 3u);
}

TEST_F(OwnMessagesTest, NobodyHasWhatWasNotHandedOut) {
  Send(2);
  Write(2);
  own_.OnStored(3, true);  // on the disk, and not handed out
  EXPECT_THAT(Have("bob", 1, 4), ElementsAre(1, 2));
  EXPECT_THAT(Have("bob", 3, 4), IsEmpty());
  EXPECT_THAT(Have("bob", 3, ~uint64_t{0}), IsEmpty());
  EXPECT_THAT(HandOut(), ElementsAre(3));
  EXPECT_THAT(Have("bob", 1, 4), ElementsAre(3));
}

TEST_F(OwnMessagesTest, AMarkThatSaysNothingChangesNothing) {
  Send(2);
  EXPECT_THAT(Have("bob", 0, 2), IsEmpty());
  EXPECT_THAT(Have("bob", 2, 1), IsEmpty());
  EXPECT_THAT(Have("bob", 1, 2), ElementsAre(1, 2));
}

TEST_F(OwnMessagesTest, ThatSomebodyHasALostOneIsNoNews) {
  Write(3);
  for (const uint64_t number : {1u, 2u, 3u}) own_.OnStored(number, number != 2);
  HandOut();
  EXPECT_THAT(Have("bob", 1, 3), ElementsAre(1, 3));
}

// ---- what is owed

TEST_F(OwnMessagesTest, OwedIsWhatWasWrittenSinceSomebodyCame) {
  Send(3);
  EXPECT_EQ(own_.OwedFrom("bob"), 0u);
  own_.Meet("bob");
  EXPECT_EQ(own_.OwedFrom("bob"), 4u);
  EXPECT_EQ(own_.NextOf("bob"), 4u);
  Send(2);
  own_.OnLinked("bob");
  EXPECT_EQ(own_.OwedFrom("bob"), 4u) << "since they came, and not since the last link";
  Have("bob", 4, 4);
  EXPECT_EQ(own_.OwedFrom("bob"), 4u);
  EXPECT_EQ(own_.NextOf("bob"), 5u);
  EXPECT_EQ(own_.OwedFrom("cem"), 0u);
}

// ---- what is under way

TEST_F(OwnMessagesTest, NothingIsUnderWayToNobody) {
  Send(3);
  EXPECT_EQ(own_.InFlight({}), 0u);
}

TEST_F(OwnMessagesTest, UnderWayIsWhatFewerThanHalfHave) {
  const std::vector<std::string> four = {"bob", "cem", "dan", "eve"};
  for (const std::string& user : four) own_.OnLinked(user);
  Send(10);
  EXPECT_EQ(own_.InFlight(four), 10u);
  own_.OnHave("bob", 1, 10);
  EXPECT_EQ(own_.InFlight(four), 10u) << "one of four";
  own_.OnHave("cem", 1, 7);
  EXPECT_EQ(own_.InFlight(four), 3u) << "two of four have seven";
  own_.OnHave("dan", 1, 2);
  EXPECT_EQ(own_.InFlight(four), 3u);
  EXPECT_EQ(own_.InFlight({"cem", "dan", "eve"}), 8u) << "two of three have two";
  EXPECT_EQ(own_.InFlight({"dan", "cem"}), 3u);
  EXPECT_EQ(own_.InFlight({"eve"}), 10u);
}

TEST_F(OwnMessagesTest, WhatIsNotOnTheDiskYetIsUnderWayToo) {
  own_.OnLinked("bob");
  Write(5);
  EXPECT_EQ(own_.InFlight({"bob"}), 5u);
}

TEST_F(OwnMessagesTest, ANewcomerDoesNotCountForWhatWasWrittenBeforeItsLink) {
  Send(10);
  own_.OnLinked("bob");
  EXPECT_EQ(own_.InFlight({"bob"}), 0u);
  Send(2);
  EXPECT_EQ(own_.InFlight({"bob"}), 2u);
  own_.OnLinked("bob");
  EXPECT_EQ(own_.InFlight({"bob"}), 0u) << "nor who comes back";
}

// ---- bounds

TEST_F(OwnMessagesTest, OfTheLatestItIsKnownWhenTheyWereWritten) {
  Send(2);
  EXPECT_EQ(own_.WrittenAt(1), kTestStart + absl::Seconds(1));
  EXPECT_EQ(own_.WrittenAt(2), kTestStart + absl::Seconds(2));
  EXPECT_EQ(own_.WrittenAt(0), absl::InfiniteFuture());
  EXPECT_EQ(own_.WrittenAt(3), absl::InfiniteFuture());
}

TEST_F(OwnMessagesTest, TheOldestAreForgottenAtTheBound) {
  Send(kMaxOwnMessages);
  EXPECT_NE(own_.WrittenAt(1), absl::InfiniteFuture());
  Send(2);
  EXPECT_EQ(own_.WrittenAt(2), absl::InfiniteFuture());
  EXPECT_EQ(own_.WrittenAt(3), kTestStart + absl::Seconds(3));
  const NumberList news = Have("bob", 1, own_.last());
  ASSERT_EQ(news.size(), kMaxOwnMessages);
  EXPECT_EQ(news.front(), 3u);
  EXPECT_EQ(news.back(), kMaxOwnMessages + 2);
}

TEST_F(OwnMessagesTest, NoneIsForgottenBeforeItIsHandedOut) {
  Write(kMaxOwnMessages + 10);
  for (uint64_t number = 1; number <= own_.last(); ++number) own_.OnStored(number, true);
  const NumberList handed_out = HandOut();
  ASSERT_EQ(handed_out.size(), kMaxOwnMessages + 10);
  EXPECT_EQ(handed_out.front(), 1u);
}

TEST_F(OwnMessagesTest, OneHolderIsForgottenForAnother) {
  Send(1);
  std::vector<std::string> users;
  for (size_t i = 0; i <= kMaxHolders; ++i) users.push_back(absl::StrCat("user", i));
  for (size_t i = 0; i < kMaxHolders; ++i) ASSERT_THAT(Have(users[i], 1, 1), ElementsAre(1));
  const auto remembered = [&] {
    return std::count_if(users.begin(), users.end(),
                         [&](const std::string& user) { return own_.OwedFrom(user) != 0; });
  };
  EXPECT_EQ(remembered(), static_cast<std::ptrdiff_t>(kMaxHolders));
  EXPECT_THAT(Have(users.back(), 1, 1), ElementsAre(1));
  EXPECT_EQ(remembered(), static_cast<std::ptrdiff_t>(kMaxHolders));
  EXPECT_NE(own_.OwedFrom(users.back()), 0u) << "the new one is remembered";
}

}  // namespace
}  // namespace parlor::client
