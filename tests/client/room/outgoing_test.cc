// What leaves at the end of a turn: in how few frames, with whose proofs, and what a full link does to it.
#include "client/room/outgoing.h"

#include "absl/strings/str_cat.h"
#include "client/room/message_frame.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kRoom[] = "room1";
constexpr size_t kFrame = 64 * 1024;
constexpr size_t kKilobyte = 1024;

KnownAuthor AuthorOf(const std::string& device, Role role, absl::Time issued) {
  static const PrivateKey* const key = new PrivateKey(PrivateKey::Generate());
  KnownAuthor author{.author = {.peer = {.identity = {"server", "user of " + device, device},
                                         .key = key->public_key(),
                                         .not_after = absl::InfiniteFuture()},
                                .ticket = {.room = kRoom,
                                           .room_name = "tea",
                                           .user = "user of " + device,
                                           .device = device,
                                           .role = role,
                                           .issued = issued,
                                           .expires = absl::InfiniteFuture()}},
                     .chain_der = {"chain of " + device},
                     .ticket = absl::StrCat(device, "'s ticket of ", absl::ToUnixSeconds(issued))};
  return author;
}

class OutgoingTest : public ::testing::Test {
 protected:
  struct Sent {
    std::string user;
    std::string bytes;
    const char* data = nullptr;  // where they were
  };

  bool Send(const std::string& user, absl::string_view frame) {
    if (full_.contains(user)) return false;
    sent_.push_back({user, std::string(frame), frame.data()});
    return true;
  }
  static overlay::Payload Message(const std::string& text, size_t size = 0, bool detour = false) {
    std::string body = text;
    if (size > body.size()) body.resize(size, ' ');
    return {.id = {},
            .hops = 2,
            .detour = detour,
            .bytes = std::make_shared<const std::string>(SignedMessageBytes(body, "signature"))};
  }
  static peer::v1::RoomMessages Parse(const Sent& sent) {
    peer::v1::Frame frame;
    EXPECT_TRUE(frame.ParseFromString(sent.bytes));
    return frame.room_messages();
  }
  // Bodies of all that went to them, in order, each cut to its text.
  std::vector<std::string> TextsTo(const std::string& user) const {
    std::vector<std::string> texts;
    for (const Sent& sent : sent_) {
      if (sent.user != user) continue;
      const peer::v1::RoomMessages content = Parse(sent);
      for (const auto& message : content.messages()) {
        texts.push_back(message.body().substr(0, message.body().find(' ')));
      }
    }
    return texts;
  }
  // Tickets of the proofs that went to them in this turn, which ends. All in one frame.
  std::vector<std::string> ProofsTo(const std::string& user) {
    outgoing_.FlushAll();
    std::vector<std::string> tickets;
    for (const Sent& sent : std::exchange(sent_, {})) {
      if (sent.user != user) continue;
      const peer::v1::RoomMessages content = Parse(sent);
      for (const auto& proof : content.proofs()) tickets.push_back(proof.ticket());
    }
    return tickets;
  }

  std::vector<Sent> sent_;
  std::set<std::string> full_;
  KnownAuthors authors_;
  Outgoing outgoing_{kRoom, authors_, [this](const std::string& user, absl::string_view frame) {
                       return this->Send(user, frame);
                     }};
};

// ---- frames

TEST_F(OutgoingTest, WhatOneTurnSaysIsOneFrameAndItLeavesAtTheEnd) {
  for (const char* text : {"one", "two", "three"}) EXPECT_TRUE(outgoing_.Add("bob", Message(text), ""));
  EXPECT_THAT(sent_, IsEmpty());
  EXPECT_THAT(outgoing_.FlushAll(), IsEmpty());
  ASSERT_THAT(sent_, SizeIs(1));
  EXPECT_EQ(Parse(sent_[0]).room(), kRoom);
  EXPECT_THAT(TextsTo("bob"), ElementsAre("one", "two", "three"));
  outgoing_.FlushAll();
  EXPECT_THAT(sent_, SizeIs(1)) << "once";
}

TEST_F(OutgoingTest, TheSameToManyIsPutTogetherOnce) {
  const overlay::Payload one = Message("one");
  const overlay::Payload two = Message("two");
  for (const overlay::Payload& message : {one, two}) {
    for (const char* user : {"bob", "cem", "dan"}) outgoing_.Add(user, message, "");
  }
  outgoing_.FlushAll();
  ASSERT_THAT(sent_, SizeIs(3));
  EXPECT_THAT(TextsTo("bob"), ElementsAre("one", "two"));
  for (const Sent& sent : sent_) {
    EXPECT_EQ(sent.bytes, sent_[0].bytes) << sent.user;
    EXPECT_EQ(sent.data, sent_[0].data) << sent.user << "'s was put together anew";
  }
}

TEST_F(OutgoingTest, WhoGetsSomethingElseGetsAFrameOfTheirOwn) {
  const overlay::Payload one = Message("one");
  overlay::Payload answer = one;
  answer.detour = true;
  overlay::Payload farther = one;
  ++farther.hops;
  outgoing_.Add("bob", one, "");
  outgoing_.Add("cem", answer, "");
  outgoing_.Add("dan", farther, "");
  outgoing_.Add("eve", Message("two"), "");
  outgoing_.FlushAll();
  ASSERT_THAT(sent_, SizeIs(4));
  EXPECT_FALSE(Parse(sent_[0]).messages(0).detour());
  EXPECT_TRUE(Parse(sent_[1]).messages(0).detour());
  EXPECT_FALSE(Parse(sent_[2]).messages(0).detour());
  EXPECT_EQ(Parse(sent_[2]).messages(0).hops(), one.hops + 1);
  EXPECT_THAT(TextsTo("eve"), ElementsAre("two"));
}

TEST_F(OutgoingTest, ALongTurnLeavesInFramesOf64KiB) {
  std::vector<std::string> texts;
  for (int i = 0; i < 150; ++i) {
    texts.push_back(absl::StrCat("message", i));
    EXPECT_TRUE(outgoing_.Add("bob", Message(texts.back(), kKilobyte), ""));
  }
  EXPECT_THAT(sent_, SizeIs(2)) << "what is full does not wait for the end of the turn";
  outgoing_.FlushAll();
  ASSERT_THAT(sent_, SizeIs(3));
  for (const Sent& sent : sent_) EXPECT_LT(sent.bytes.size(), kFrame + 2 * kKilobyte);
  EXPECT_GE(sent_[0].bytes.size(), kFrame);
  EXPECT_GE(sent_[1].bytes.size(), kFrame);
  EXPECT_EQ(TextsTo("bob"), texts);
}

TEST_F(OutgoingTest, WhatWasAddedForSomebodyLeavesBeforeWhatIsSentToThemNow) {
  outgoing_.Add("bob", Message("one"), "");
  outgoing_.Add("cem", Message("one"), "");
  EXPECT_TRUE(outgoing_.Flush("bob"));
  EXPECT_THAT(TextsTo("bob"), ElementsAre("one"));
  EXPECT_THAT(TextsTo("cem"), IsEmpty());
  EXPECT_TRUE(outgoing_.Flush("dan")) << "nothing waits for them";
  outgoing_.Add("bob", Message("two"), "");
  outgoing_.FlushAll();
  EXPECT_THAT(TextsTo("bob"), ElementsAre("one", "two"));
  EXPECT_THAT(TextsTo("cem"), ElementsAre("one"));
}

// ---- proofs

TEST_F(OutgoingTest, AnAuthorIsProvedOnceOnEachLink) {
  authors_.Put(AuthorOf("dev", Role::kSpeaker, absl::FromUnixSeconds(10)));
  outgoing_.Add("bob", Message("one"), "dev");
  outgoing_.Add("bob", Message("two"), "dev");
  EXPECT_THAT(ProofsTo("bob"), ElementsAre("dev's ticket of 10"));
  outgoing_.Add("bob", Message("three"), "dev");
  EXPECT_THAT(ProofsTo("bob"), IsEmpty());
  outgoing_.Add("cem", Message("three"), "dev");
  EXPECT_THAT(ProofsTo("cem"), ElementsAre("dev's ticket of 10")) << "another link";
  outgoing_.Forget("bob");
  outgoing_.Add("bob", Message("four"), "dev");
  EXPECT_THAT(ProofsTo("bob"), ElementsAre("dev's ticket of 10")) << "a new link";
}

TEST_F(OutgoingTest, AProofSaysWhoseItIsAndWhatTheyShowed) {
  authors_.Put(AuthorOf("dev", Role::kSpeaker, absl::FromUnixSeconds(10)));
  outgoing_.Add("bob", Message("one"), "dev");
  outgoing_.FlushAll();
  ASSERT_THAT(sent_, SizeIs(1));
  const peer::v1::RoomMessages messages = Parse(sent_[0]);
  ASSERT_EQ(messages.proofs_size(), 1);
  EXPECT_EQ(messages.proofs(0).device(), "dev");
  EXPECT_THAT(messages.proofs(0).chain_der(), ElementsAre("chain of dev"));
}

TEST_F(OutgoingTest, ANewTicketIsShownAgainWhateverTheRole) {
  authors_.Put(AuthorOf("dev", Role::kListener, absl::FromUnixSeconds(10)));
  outgoing_.Add("bob", Message("one"), "dev");
  EXPECT_THAT(ProofsTo("bob"), SizeIs(1));
  authors_.Put(AuthorOf("dev", Role::kSpeaker, absl::FromUnixSeconds(20)));
  outgoing_.Add("bob", Message("two"), "dev");
  EXPECT_THAT(ProofsTo("bob"), ElementsAre("dev's ticket of 20"));
  authors_.Put(AuthorOf("dev", Role::kSpeaker, absl::FromUnixSeconds(30)));
  outgoing_.Add("bob", Message("three"), "dev");
  EXPECT_THAT(ProofsTo("bob"), ElementsAre("dev's ticket of 30")) << "the old one may be void";
  outgoing_.Add("bob", Message("four"), "dev");
  EXPECT_THAT(ProofsTo("bob"), IsEmpty());
}

TEST_F(OutgoingTest, EveryAnswerHasItsProofAndAFrameHasItOnce) {
  authors_.Put(AuthorOf("dev", Role::kSpeaker, absl::FromUnixSeconds(10)));
  for (int turn = 0; turn < 2; ++turn) {
    outgoing_.Add("bob", Message("one", 0, /*detour=*/true), "dev");
    outgoing_.Add("bob", Message("two", 0, /*detour=*/true), "dev");
    EXPECT_THAT(ProofsTo("bob"), ElementsAre("dev's ticket of 10")) << turn;
  }
}

TEST_F(OutgoingTest, WhoIsNotKnownAndWhomTheLinkProvesAreNotProved) {
  authors_.Put(AuthorOf("dev", Role::kSpeaker, absl::FromUnixSeconds(10)));
  outgoing_.Add("bob", Message("one"), "stranger");
  outgoing_.Add("bob", Message("two"), "");
  outgoing_.FlushAll();
  EXPECT_THAT(TextsTo("bob"), ElementsAre("one", "two"));
  EXPECT_THAT(ProofsTo("bob"), IsEmpty());
}

TEST_F(OutgoingTest, ProofsCountAsBytesOfAFrame) {
  KnownAuthor author = AuthorOf("dev", Role::kSpeaker, absl::FromUnixSeconds(10));
  author.chain_der = {std::string(kFrame, 'c')};
  authors_.Put(std::move(author));
  outgoing_.Add("bob", Message("one"), "dev");
  EXPECT_THAT(sent_, SizeIs(1));
}

// ---- links that take nothing

TEST_F(OutgoingTest, WhoseLinkTakesNothingGetsNothingUntilItDoes) {
  full_.insert("bob");
  outgoing_.Add("bob", Message("lost"), "");
  outgoing_.Add("cem", Message("one"), "");
  EXPECT_THAT(outgoing_.FlushAll(), ElementsAre("bob"));
  EXPECT_THAT(TextsTo("cem"), ElementsAre("one"));
  full_.clear();
  EXPECT_FALSE(outgoing_.Add("bob", Message("refused"), ""));
  EXPECT_FALSE(outgoing_.Flush("bob"));
  EXPECT_THAT(outgoing_.FlushAll(), IsEmpty()) << "it was told";
  outgoing_.OnWritable("bob");
  EXPECT_TRUE(outgoing_.Flush("bob"));
  EXPECT_TRUE(outgoing_.Add("bob", Message("two"), ""));
  outgoing_.FlushAll();
  EXPECT_THAT(TextsTo("bob"), ElementsAre("two"));
}

TEST_F(OutgoingTest, ThatALinkTakesNothingIsSaidByTheOneWhoFindsOut) {
  full_ = {"bob", "cem"};
  bool taken = true;
  int added = 0;
  for (; taken && added < 100; ++added) taken = outgoing_.Add("bob", Message("long", kKilobyte), "");
  EXPECT_FALSE(taken);
  EXPECT_LE(added, 64);
  outgoing_.Add("cem", Message("one"), "");
  EXPECT_FALSE(outgoing_.Flush("cem"));
  EXPECT_THAT(outgoing_.FlushAll(), IsEmpty());
}

TEST_F(OutgoingTest, AllForWhomItFailedAreNamed) {
  full_ = {"bob", "dan"};
  for (const char* user : {"dan", "cem", "bob", "eve"}) outgoing_.Add(user, Message("one"), "");
  EXPECT_THAT(outgoing_.FlushAll(), ::testing::UnorderedElementsAre("bob", "dan"));
}

TEST_F(OutgoingTest, AProofThatWasLostIsShownAgain) {
  authors_.Put(AuthorOf("dev", Role::kSpeaker, absl::FromUnixSeconds(10)));
  full_.insert("bob");
  outgoing_.Add("bob", Message("lost"), "dev");
  outgoing_.FlushAll();
  full_.clear();
  outgoing_.OnWritable("bob");
  outgoing_.Add("bob", Message("two"), "dev");
  EXPECT_THAT(ProofsTo("bob"), ElementsAre("dev's ticket of 10"));
}

TEST_F(OutgoingTest, ANewLinkTakesAgainAndNothingIsLeftOfTheOldOne) {
  full_.insert("bob");
  outgoing_.Add("bob", Message("lost"), "");
  outgoing_.FlushAll();
  full_.clear();
  outgoing_.Forget("bob");
  EXPECT_TRUE(outgoing_.Add("bob", Message("of the old link"), ""));
  outgoing_.Forget("bob");
  EXPECT_TRUE(outgoing_.Add("bob", Message("two"), ""));
  outgoing_.FlushAll();
  EXPECT_THAT(TextsTo("bob"), ElementsAre("two"));
}

}  // namespace
}  // namespace parlor::client
