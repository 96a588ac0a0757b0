// A room of which the services name only some at first: who is taken to be in it, and what is not said there.
#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/room/room_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr size_t kLarge = 200;

class LargeRoomTest : public RoomMachineTest {
 protected:
  LargeRoomTest() : RoomMachineTest(Outside{}, {.mesh_members = 3}) {}

  void Page(const std::vector<const TestAuthor*>& members, bool last) {
    rooms::v1::MembersPage page;
    for (const TestAuthor* author : members) {
      rooms::v1::Member& member = *page.add_members();
      member.set_user(author->user);
      member.set_device(author->device());
      member.set_role(rooms::v1::ROLE_SPEAKER);
    }
    room.OnMembers(page, last, now);
    host.EndTurn(now);
  }
  void Change(const TestAuthor& author, rooms::v1::MemberChange::Kind kind) {
    rooms::v1::MemberChange change;
    change.set_kind(kind);
    change.mutable_member()->set_user(author.user);
    change.mutable_member()->set_device(author.device());
    room.OnMember(change, now);
    host.EndTurn(now);
  }
  // Others who are in the room.
  std::vector<std::string> Others() const {
    std::vector<std::string> users;
    for (const MemberInfo& member : room.Members()) {
      if (member.user != ann.user) users.push_back(member.user);
    }
    return users;
  }
  // Who was shown to have left.
  std::vector<std::string> Left() const {
    std::vector<std::string> users;
    for (const Event& event : host.events) {
      const auto* change = std::get_if<RoomEvent>(&event);
      if (change != nullptr && change->change == "left") users.push_back(change->user);
    }
    return users;
  }
  // Who was told that ann types.
  std::vector<std::string> ToldOfTyping() {
    host.frames.clear();
    room.Typing();
    std::vector<std::string> users;
    for (const auto& [user, frame] : host.frames) {
      if (frame.has_room_typing()) users.push_back(user);
    }
    return users;
  }

  TestAuthor dan{"dan"};
  TestAuthor eve{"eve"};
};

// ---- who is in the room

// Of two who came in the same moment neither may be in what the other is named at first, nor in its changes.
TEST_F(LargeRoomTest, InASmallRoomThoseOfALaterPageAreDialledToo) {
  Enter({&bob}, 3);
  host.wanted.clear();
  Page({&cem}, /*last=*/true);
  EXPECT_THAT(host.wanted, ::testing::Contains("cem"));
}

TEST_F(LargeRoomTest, TheOthersAreAskedForWhenOnlySomeAreNamed) {
  Enter({&bob, &cem}, 3);
  EXPECT_FALSE(room.wants_members()) << "ann is the third";
  Enter({&bob, &cem}, 4);
  EXPECT_TRUE(room.wants_members());
  Enter({&bob, &cem}, 3);
  EXPECT_FALSE(room.wants_members());
}

TEST_F(LargeRoomTest, PagesNameTheOthersUntilTheLastOne) {
  Enter({&bob}, kLarge);
  Page({&cem}, /*last=*/false);
  EXPECT_TRUE(room.wants_members());
  EXPECT_THAT(Others(), ElementsAre("bob", "cem"));
  Page({&dan, &ann}, /*last=*/true);
  EXPECT_FALSE(room.wants_members());
  EXPECT_THAT(Others(), ElementsAre("bob", "cem", "dan"));
  EXPECT_THAT(Left(), IsEmpty()) << "bob was named when the room was entered";
}

TEST_F(LargeRoomTest, WhoWasNotListedHasLeftAfterTheLastPageAndNotBefore) {
  Enter({&bob, &cem}, 3);
  Enter({&dan}, kLarge);  // the services were away
  Page({&bob}, /*last=*/false);
  Wait(absl::Minutes(1));
  EXPECT_THAT(Others(), ElementsAre("bob", "cem", "dan"));
  EXPECT_THAT(Left(), IsEmpty());
  Page({&eve}, /*last=*/true);
  EXPECT_THAT(Others(), ElementsAre("bob", "dan", "eve"));
  EXPECT_THAT(Left(), ElementsAre("cem"));
}

TEST_F(LargeRoomTest, WhoIsLinkedIsHereThoughNoPageSaysSo) {
  Enter({&bob, &cem}, 3);
  Link(cem, Role::kSpeaker);
  Enter({&bob}, kLarge);
  Page({}, /*last=*/true);
  EXPECT_THAT(Others(), ElementsAre("bob", "cem"));
  host.Unlink("cem");
  room.OnLinkDown("cem", now);
  EXPECT_THAT(Others(), ElementsAre("bob")) << "neither a link nor a place in the roster";
}

TEST_F(LargeRoomTest, WhoComesWhilePagesComeStays) {
  Enter({&bob}, kLarge);
  Change(dan, rooms::v1::MemberChange::KIND_JOINED);
  Page({&cem}, /*last=*/true);
  EXPECT_THAT(Others(), ElementsAre("bob", "cem", "dan"));
}

TEST_F(LargeRoomTest, WhoLeavesWhilePagesComeIsGone) {
  Enter({&bob}, kLarge);
  Page({&cem, &dan}, /*last=*/false);
  Change(cem, rooms::v1::MemberChange::KIND_LEFT);
  Change(dan, rooms::v1::MemberChange::KIND_KICKED);
  Page({}, /*last=*/true);
  EXPECT_THAT(Others(), ElementsAre("bob"));
}

TEST_F(LargeRoomTest, APageThatWasNotAskedForChangesNothing) {
  Enter({&bob, &cem}, 3);
  Page({&dan}, /*last=*/true);
  EXPECT_THAT(Others(), ElementsAre("bob", "cem"));
}

TEST_F(LargeRoomTest, EnteredAnewTheRosterIsAskedForAnew) {
  Enter({&bob}, kLarge);
  Page({&cem}, /*last=*/true);
  Enter({&bob}, kLarge);
  EXPECT_TRUE(room.wants_members());
  EXPECT_THAT(Others(), ElementsAre("bob", "cem"));
  Page({&dan}, /*last=*/true);
  EXPECT_THAT(Others(), ElementsAre("bob", "dan"));
}

// ---- what is not said

TEST_F(LargeRoomTest, InASmallRoomThoseWhoAreLinkedAreToldOfTyping) {
  Enter({&bob, &cem}, 3);
  Link(bob, Role::kSpeaker);
  EXPECT_THAT(ToldOfTyping(), ElementsAre("bob"));
}

TEST_F(LargeRoomTest, InALargeRoomNobodyIsToldOfTyping) {
  Enter({&bob, &cem}, kLarge);
  Link(bob, Role::kSpeaker);
  ASSERT_EQ(room.linked(), 1u);
  EXPECT_THAT(ToldOfTyping(), IsEmpty());
}

TEST_F(LargeRoomTest, ARoomIsAsLargeAsTheServicesSayUntilAllAreNamed) {
  Enter({&bob}, 2);
  Link(bob, Role::kSpeaker);
  EXPECT_THAT(ToldOfTyping(), ElementsAre("bob"));
  Enter({&bob}, kLarge);
  EXPECT_THAT(ToldOfTyping(), IsEmpty());
  Page({}, /*last=*/true);
  EXPECT_THAT(ToldOfTyping(), ElementsAre("bob")) << "the others have left";
}

TEST_F(LargeRoomTest, NobodyLeavesWithTheirLinkBeforeTheLastPage) {
  Enter({&bob}, kLarge);
  Link(dan, Role::kSpeaker);  // shows a ticket; no page has said so yet
  host.Unlink("dan");
  room.OnLinkDown("dan", now);
  Wait(absl::Seconds(1));
  EXPECT_THAT(Others(), ElementsAre("bob", "dan"));
  Page({}, /*last=*/true);
  EXPECT_THAT(Others(), ElementsAre("bob"));
}

TEST_F(LargeRoomTest, WhoCannotBeReachedIsNotWaitedFor) {
  Enter({&bob, &cem, &dan, &eve}, kLarge);
  const auto count = [&](const std::string& user) {
    return std::count(host.dropped.begin(), host.dropped.end(), user);
  };
  ASSERT_FALSE(host.wanted.empty());
  const std::string first = host.wanted.front();
  const auto before = count(first);
  room.OnNoLink(first, now);
  EXPECT_EQ(count(first), before + 1) << "others are asked";
}

}  // namespace
}  // namespace parlor::client
