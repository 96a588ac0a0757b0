#include "client/ui/line/event_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "tests/client/ui/sample_events.h"

namespace parlor::client {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);  // 22:13 UTC

class EventLinesTest : public ::testing::Test {
 protected:
  EventLinesTest() { plain_.SetSelf("alice"); }
  std::string Text(const Event& event) { return plain_.Render(event, kNow).text; }
  bool Bell(const Event& event) { return plain_.Render(event, kNow).bell; }
  static MessageEvent Message(const char* target, const char* from, const char* text) {
    return {"i", target, from, text, kNow, false, "link", ""};
  }

  EventRenderer plain_{Style(), absl::UTCTimeZone()};
};

TEST_F(EventLinesTest, Messages) {
  EXPECT_EQ(Text(Message("#lobby", "bob", "hi")), "22:13 #lobby bob: hi\n");
  EXPECT_EQ(Text(Message("@bob", "bob", "two\nrows")), "22:13 @bob bob: two\n      rows\n");
  MessageEvent doubtful = Message("#lobby", "bob", "hi");
  doubtful.history = true;
  doubtful.proof = "unverified";
  EXPECT_EQ(Text(doubtful), "22:13 #lobby bob: (earlier, not proved) hi\n");
  EXPECT_EQ(plain_.OwnMessage("#lobby", "hi", kNow), "22:13 #lobby alice: hi\n");
}

TEST_F(EventLinesTest, BellForRequestsMentionsAndPrivateMessages) {
  EXPECT_TRUE(Bell(RequestEvent{"bob", kNow}));
  EXPECT_TRUE(Bell(Message("@bob", "bob", "hi")));
  EXPECT_FALSE(Bell(Message("#lobby", "bob", "hi")));
  EXPECT_TRUE(Bell(Message("#lobby", "bob", "hi @alice")));
  EXPECT_TRUE(Bell(Message("#lobby", "bob", "Alice, are you there?")));
  EXPECT_FALSE(Bell(Message("#lobby", "bob", "malice and alices")));
  EXPECT_FALSE(Bell(Message("#lobby", "alice", "alice")));
  MessageEvent old = Message("@bob", "bob", "hi");
  old.history = true;
  EXPECT_FALSE(Bell(old));
}

TEST_F(EventLinesTest, WhatAPersonCanDoNothingAboutIsNotShown) {
  EXPECT_EQ(Text(WarningEvent{"address_refused", "not told to others: 192.0.2.2 7000"}), "");
  EXPECT_NE(Text(WarningEvent{"clock", "your clock is an hour fast"}), "");
}

// A test of every text of every event: whatever it holds, only what this program itself writes reaches the
// terminal.
TEST_F(EventLinesTest, NothingFromOthersReachesTheTerminalUnsanitized) {
  const std::string evil = "a\x1b]0;owned\x07\x9b\x33\x31mb\xe2\x80\xae\r\x08";
  std::vector<Event> events = {
      MessageEvent{evil, "#" + evil, evil, evil, kNow, false, evil, evil},
      RoomEvent{evil, "entered", evil, evil, evil, evil, false, {evil}},
      RoomEvent{evil, "kicked", evil, evil, evil, evil, false, {}},
      RoomEvent{evil, "topic", evil, evil, evil, evil, false, {}},
      RoomEvent{evil, "role", evil, evil, evil, evil, false, {}},
      PresenceEvent{evil, evil, evil, kNow},
      RequestEvent{evil, kNow},
      ChatEvent{evil, "declined", evil},
      ChatEvent{evil, evil, evil},
      ServicesEvent{false, evil, {}},
      KeyEvent{evil, true},
      WarningEvent{evil, evil},
      ErrorEvent{evil, evil, evil, evil},
      WhoEvent{evil, evil, false, {{evil, evil, true, evil, evil, evil, evil, 1.0}}, evil},
      RoomsEvent{{{evil, evil, evil, false, 1, 2, evil}}, evil},
      PeopleEvent{{{evil, evil, evil, kNow}}, evil},
      HistoryEvent{evil, {{{evil, evil, evil, evil, kNow, true, evil, evil}, false, evil}}, evil},
      OutboxEvent{{{evil, evil, evil, kNow, evil}}, evil},
      DevicesEvent{{{evil, evil, kNow, kNow, false}}, evil},
      ContactsEvent{{{evil, evil, false, false, evil}}, evil},
      SafetyEvent{evil, evil, false, evil},
      DoctorEvent{{{evil, evil, evil}}, evil},
      AccountEvent{evil, evil, evil, evil},
      ReadyEvent{evil, evil},
      ClosedEvent{evil},
  };
  for (const Event& event : events) {
    const std::string text = Text(event);
    EXPECT_FALSE(text.empty()) << event.index();
    for (const char* forbidden : {"\x1b", "\x07", "\x08", "\r", "\xe2\x80\xae", "owned", "\x9b"}) {
      EXPECT_FALSE(absl::StrContains(text, forbidden)) << event.index() << ": " << text;
    }
  }
}

TEST_F(EventLinesTest, NamesAndTopicsStayOnTheirLine) {
  EXPECT_EQ(Text(RoomEvent{"lobby", "topic", "", "", "", "one\ntwo", false, {}}),
            "22:13 • #lobby: the topic is now “one two”\n");
}

TEST_F(EventLinesTest, EveryKindEndsItsLines) {
  for (const auto& events : {FullEvents(), MinimalEvents()}) {
    for (const Event& event : events) {
      const std::string text = Text(event);
      if (!text.empty()) {
        EXPECT_EQ(text.back(), '\n') << text;
      }
    }
  }
}

TEST_F(EventLinesTest, Sentences) {
  EXPECT_EQ(Text(RoomEvent{"lobby", "entered", "alice", "", "", "tea", false, {"bob"}}),
            "22:13 • #lobby: you are in “tea”; here are @bob\n");
  EXPECT_EQ(Text(RoomEvent{"lobby", "joined", "bob", "", "", "", false, {}}),
            "22:13 • #lobby: @bob came in\n");
  EXPECT_EQ(Text(RoomEvent{"lobby", "linked", "bob", "", "", "", false, {}}), "");
  EXPECT_EQ(Text(RoomEvent{"lobby", "kicked", "alice", "bob", "", "", false, {}}),
            "22:13 • #lobby: you are removed by @bob\n");
  EXPECT_THAT(Text(RequestEvent{"bob", kNow}), HasSubstr(":accept bob"));
  EXPECT_THAT(Text(KeyEvent{"bob", true}), HasSubstr(":verify bob"));
}

}  // namespace
}  // namespace parlor::client
