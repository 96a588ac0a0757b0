// Who can be proved to others, by which ticket, and who is forgotten.
#include "client/room/known_authors.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;

KnownAuthor Shown(const std::string& device, int64_t issued, Role role = Role::kSpeaker) {
  static const PrivateKey* const key = new PrivateKey(PrivateKey::Generate());
  KnownAuthor author{.author = {.peer = {.identity = {"server", "bob", device},
                                         .key = key->public_key(),
                                         .not_after = absl::InfiniteFuture()},
                                .ticket = {.room = "room1",
                                           .room_name = "tea",
                                           .user = "bob",
                                           .device = device,
                                           .role = role,
                                           .issued = absl::FromUnixSeconds(issued),
                                           .expires = absl::InfiniteFuture()}},
                     .chain_der = {"leaf", "root"},
                     .ticket = absl::StrCat("ticket of ", issued)};
  return author;
}

TEST(KnownAuthors, IsFoundByDevice) {
  KnownAuthors authors;
  EXPECT_EQ(authors.Find("bob's"), nullptr);
  EXPECT_TRUE(authors.Put(Shown("bob's", 10)));
  const KnownAuthor* const bob = authors.Find("bob's");
  ASSERT_NE(bob, nullptr);
  EXPECT_EQ(bob->author.peer.identity.user, "bob");
  EXPECT_EQ(bob->ticket, "ticket of 10");
  EXPECT_EQ(authors.Find("cem's"), nullptr);
}

TEST(KnownAuthors, ANewerTicketTakesAnOlderOnesPlace) {
  KnownAuthors authors;
  authors.Put(Shown("bob's", 10, Role::kListener));
  EXPECT_TRUE(authors.Put(Shown("bob's", 20, Role::kModerator)));
  EXPECT_EQ(authors.Find("bob's")->ticket, "ticket of 20");
  EXPECT_EQ(authors.Find("bob's")->author.ticket.role, Role::kModerator);
}

TEST(KnownAuthors, AnOlderTicketDoesNotTakeANewerOnesPlace) {
  KnownAuthors authors;
  authors.Put(Shown("bob's", 20, Role::kListener));
  EXPECT_FALSE(authors.Put(Shown("bob's", 10, Role::kModerator)));
  EXPECT_EQ(authors.Find("bob's")->ticket, "ticket of 20");
  EXPECT_EQ(authors.Find("bob's")->author.ticket.role, Role::kListener);
  EXPECT_TRUE(authors.Put(Shown("bob's other", 10))) << "of another device it is the first";
}

TEST(KnownAuthors, OnlyTheVeryProofThatIsHereNeedsNoJudgement) {
  KnownAuthors authors;
  authors.Put(Shown("bob's", 10));
  EXPECT_TRUE(authors.Has({"leaf", "root"}, "ticket of 10", "bob's"));
  EXPECT_FALSE(authors.Has({"leaf", "root"}, "ticket of 11", "bob's"));
  EXPECT_FALSE(authors.Has({"leaf"}, "ticket of 10", "bob's"));
  EXPECT_FALSE(authors.Has({"leaf", "root"}, "ticket of 10", "cem's"));
}

TEST(KnownAuthors, TheOneThatNobodyAskedForLongestIsForgotten) {
  KnownAuthors authors;
  const auto device = [](size_t i) { return absl::StrCat("device ", i); };
  for (size_t i = 1; i <= kMaxKnownAuthors; ++i) authors.Put(Shown(device(i), 10));
  authors.Find(device(1));
  authors.Put(Shown(device(2), 20));  // no room has to be made for a renewed one
  authors.Put(Shown("newcomer", 10));
  EXPECT_NE(authors.Find(device(1)), nullptr);
  EXPECT_NE(authors.Find(device(2)), nullptr);
  EXPECT_EQ(authors.Find(device(3)), nullptr);
  EXPECT_NE(authors.Find(device(4)), nullptr);
  EXPECT_NE(authors.Find("newcomer"), nullptr);
  size_t known = 0;
  for (size_t i = 1; i <= kMaxKnownAuthors; ++i) known += authors.Find(device(i)) != nullptr ? 1 : 0;
  EXPECT_EQ(known, kMaxKnownAuthors - 1);
}

TEST(KnownAuthors, WhoWasForgottenMayBeShownAgainByAnyTicket) {
  KnownAuthors authors;
  authors.Put(Shown("bob's", 20));
  for (size_t i = 1; i <= kMaxKnownAuthors; ++i) authors.Put(Shown(absl::StrCat("device ", i), 10));
  ASSERT_EQ(authors.Find("bob's"), nullptr);
  EXPECT_TRUE(authors.Put(Shown("bob's", 10)));
}

TEST(KnownAuthors, AProofSaysWhoseItIsAndWhatTheyShowed) {
  peer::v1::AuthorProof proof;
  ASSERT_TRUE(proof.ParseFromString(KnownAuthors::Proof("bob's", {"leaf", "root"}, "ticket")));
  EXPECT_EQ(proof.device(), "bob's");
  EXPECT_THAT(proof.chain_der(), ElementsAre("leaf", "root"));
  EXPECT_EQ(proof.ticket(), "ticket");
}

}  // namespace
}  // namespace parlor::client
