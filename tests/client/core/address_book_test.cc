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

}  // namespace
}  // namespace parlor::client
