#include "client/core/address_book.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(AddressBook, TheLatestComesFirstAndNoneTwice) {
  AddressBook book;
  EXPECT_THAT(book.Of("ana"), IsEmpty());
  book.Learn("ana", {{"192.0.2.1", 7000}, {"192.0.2.2", 7000}});
  book.Learn("ana", {{"192.0.2.3", 7000}, {"192.0.2.2", 7000}});
  EXPECT_THAT(book.Of("ana"), ElementsAre(PeerAddress{"192.0.2.3", 7000}, PeerAddress{"192.0.2.2", 7000},
                                          PeerAddress{"192.0.2.1", 7000}));
}

TEST(AddressBook, AnEmptyListChangesNothing) {
  AddressBook book;
  book.Learn("ana", {{"192.0.2.1", 7000}});
  book.Learn("ana", {});
  EXPECT_EQ(book.Of("ana").size(), 1);
}

TEST(AddressBook, SixteenAPersonStay) {
  AddressBook book;
  for (uint16_t port = 7000; port < 7030; ++port) book.Learn("ana", {{"192.0.2.1", port}});
  EXPECT_EQ(book.Of("ana").size(), 16);
  EXPECT_EQ(book.Of("ana").front().port, 7029);
}

TEST(AddressBook, AtTheBoundWhoWasNotHeardOfForTheLongestIsForgotten) {
  AddressBook book(3);
  for (const char* user : {"ana", "ben", "cleo"}) book.Learn(user, {{"192.0.2.1", 7000}});
  book.Learn("ana", {{"192.0.2.1", 7001}});  // heard of again
  book.Learn("dora", {{"192.0.2.1", 7000}});
  EXPECT_THAT(book.Of("ben"), IsEmpty());
  for (const char* user : {"ana", "cleo", "dora"}) EXPECT_FALSE(book.Of(user).empty()) << user;
}

// ---- what others say

TEST(AddressBook, WhatOthersSayComesBehindAndDisplacesNothing) {
  AddressBook book;
  book.Learn("ana", {{"192.0.2.1", 7000}});
  for (uint16_t port = 1; port <= 100; ++port) {
    EXPECT_FALSE(book.LearnHearsay("ana", {{"203.0.113.1", port}}));
  }
  EXPECT_THAT(book.Of("ana"), ElementsAre(PeerAddress{"192.0.2.1", 7000}, PeerAddress{"203.0.113.1", 100},
                                          PeerAddress{"203.0.113.1", 99}, PeerAddress{"203.0.113.1", 98},
                                          PeerAddress{"203.0.113.1", 97}));
}

TEST(AddressBook, WhatOthersSayIsNewsOfWhomNothingWasKnown) {
  AddressBook book;
  EXPECT_TRUE(book.LearnHearsay("ana", {{"192.0.2.1", 7000}}));
  EXPECT_FALSE(book.LearnHearsay("ana", {{"192.0.2.2", 7000}}));
  EXPECT_FALSE(book.LearnHearsay("ben", {}));
}

TEST(AddressBook, WhatTurnsOutToBeTrueIsNoHearsayAnyMore) {
  AddressBook book;
  book.LearnHearsay("ana", {{"192.0.2.1", 7000}, {"192.0.2.2", 7000}});
  book.Learn("ana", {{"192.0.2.2", 7000}});
  book.LearnHearsay("ana", {{"192.0.2.2", 7000}});
  EXPECT_THAT(book.Of("ana"), ElementsAre(PeerAddress{"192.0.2.2", 7000}, PeerAddress{"192.0.2.1", 7000}));
}

}  // namespace
}  // namespace parlor::client
