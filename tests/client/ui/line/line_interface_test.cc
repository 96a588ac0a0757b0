#include "client/ui/line/line_interface.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/loop/virtual_loop.h"
#include "tests/client/ui/line/screen_emulator.h"

namespace parlor::client {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kColumns = 60;
constexpr int kScreenRows = 20;

class LineInterfaceTest : public ::testing::Test {
 protected:
  void Open(bool interactive = true) {
    LineInterfaceOptions options;
    options.interactive = interactive;
    options.zone = absl::UTCTimeZone();
    interface_ = std::make_unique<LineInterface>(
        loop_,
        LineInterface::Outputs{[this](Command command) { commands_.push_back(std::move(command)); },
                               [this](absl::string_view bytes) {
                                 output_ += std::string(bytes);
                                 terminal_.Write(bytes);
                               }},
        options);
    interface_->OnResize(kColumns, kScreenRows);
    interface_->Start();
  }
  void OpenReady(bool interactive = true) {
    Open(interactive);
    Happens(ReadyEvent{"alice", ""});
  }
  void Happens(const Event& event) { interface_->OnEvent(event); }
  void Type(const std::string& bytes) { interface_->OnInput(bytes); }
  void Enter(const std::string& room) {
    Type(absl::StrCat(":join ", room, "\r"));
    Happens(RoomEvent{room, "entered", "alice", "", "", "", false, {"bob"}});
    Answer();
  }
  // The last command, but for what the interface says by itself.
  const Command& Last() const {
    const auto last = std::find_if(commands_.rbegin(), commands_.rend(), [](const Command& command) {
      return command.name != "typing" && command.name != "read";
    });
    return last == commands_.rend() ? commands_.back() : *last;
  }
  void Answer() { Happens(DoneEvent{Last().name, Last().ref}); }
  static MessageEvent Message(const char* target, const char* from, const char* text) {
    return {"i", target, from, text, absl::FromUnixSeconds(1'800'000'000), false, "link", ""};
  }
  std::string Screen() const { return absl::StrJoin(terminal_.Rows(), "\n"); }
  std::string LastRow() const { return terminal_.Rows().back(); }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const Command& command : commands_) names.push_back(command.name);
    return names;
  }

  VirtualLoop loop_;
  std::vector<Command> commands_;
  std::string output_;
  ScreenEmulator terminal_{kColumns, kScreenRows};
  std::unique_ptr<LineInterface> interface_;
};

TEST_F(LineInterfaceTest, TextGoesToTheRoomOneEntered) {
  OpenReady();
  Enter("lobby");
  EXPECT_EQ(interface_->target(), "#lobby");
  EXPECT_EQ(LastRow(), "#lobby >");
  Type("hello world\r");
  EXPECT_EQ(commands_.back().name, "send");
  EXPECT_EQ(commands_.back().Get("target"), "#lobby");
  EXPECT_EQ(commands_.back().Get("text"), "hello world");
  EXPECT_THAT(Screen(), HasSubstr("#lobby alice: hello world"));
}

TEST_F(LineInterfaceTest, AnArrivingLineNeverMixesWithTheOneBeingTyped) {
  OpenReady();
  Enter("lobby");
  const std::string typed = "a long line, which wraps, with wide 日本語 in it, being typed just now";
  std::string sent;
  for (size_t at = 0; at < typed.size(); ++at) {
    Type(typed.substr(at, 1));
    sent = absl::StrCat("message ", at);
    Happens(Message("#lobby", "bob", sent.c_str()));
    const std::vector<std::string> rows = terminal_.Rows();
    EXPECT_THAT(rows, Contains(absl::StrCat("08:00 #lobby bob: ", sent)));
  }
  Type("\r");
  EXPECT_EQ(commands_.back().Get("text"), typed);
  EXPECT_THAT(Screen(), HasSubstr("message 0"));
}

TEST_F(LineInterfaceTest, WithoutATargetThePersonIsTold) {
  OpenReady();
  Type("hello\r");
  EXPECT_THAT(Names(), Not(Contains("send")));
  EXPECT_THAT(Screen(), HasSubstr(":join ROOM"));
}

TEST_F(LineInterfaceTest, CommandsTakeEitherPrefixAndDoubledPrefixesAreText) {
  OpenReady();
  Type("/msg bob\r");
  EXPECT_EQ(interface_->target(), "@bob");
  Type("::) smile\r");
  EXPECT_EQ(commands_.back().Get("text"), ":) smile");
  Type("//etc is a path\r");
  EXPECT_EQ(commands_.back().Get("text"), "/etc is a path");
  Type(":msg carol and now to you\r");
  EXPECT_EQ(commands_.back().Get("target"), "@carol");
  Type(":outbox\r");
  EXPECT_EQ(commands_.back().name, "outbox");
}

TEST_F(LineInterfaceTest, WhatIsTypedDuringAJoinGoesToThatRoom) {
  OpenReady();
  Enter("old");
  Type(":join new\rhello\r");
  EXPECT_EQ(Last().name, "join");
  Happens(RoomEvent{"new", "entered", "alice", "", "", "", false, {}});
  Answer();
  EXPECT_EQ(Last().Get("target"), "#new");
}

TEST_F(LineInterfaceTest, AFailedJoinKeepsTheTarget) {
  OpenReady();
  Enter("old");
  Type(":join new\rhello\r");
  Happens(ErrorEvent{"not_found", "there is no such room", "join", Last().ref});
  EXPECT_EQ(Last().Get("target"), "#old");
  EXPECT_THAT(Screen(), HasSubstr("there is no such room"));
}

TEST_F(LineInterfaceTest, CommandsGoOnWhileAJoinWaits) {
  OpenReady();
  Type(":join slow\r:outbox\r");
  EXPECT_EQ(commands_.back().name, "outbox");
}

TEST_F(LineInterfaceTest, LeavingFallsBackToAnotherRoom) {
  OpenReady();
  Enter("one");
  Enter("two");
  Happens(RoomEvent{"two", "kicked", "alice", "bob", "", "", false, {}});
  EXPECT_EQ(interface_->target(), "#one");
  Happens(RoomEvent{"one", "closed", "", "bob", "", "", false, {}});
  EXPECT_EQ(interface_->target(), "");
}

TEST_F(LineInterfaceTest, ShownPrivateMessagesAreRead) {
  OpenReady();
  Happens(Message("@bob", "bob", "hi"));
  EXPECT_EQ(commands_.back().name, "read");
  EXPECT_EQ(commands_.back().Get("target"), "@bob");
  const size_t before = commands_.size();
  Happens(Message("#lobby", "bob", "hi"));
  EXPECT_EQ(commands_.size(), before);
}

TEST_F(LineInterfaceTest, Bells) {
  OpenReady();
  Happens(Message("#lobby", "bob", "hi"));
  EXPECT_EQ(terminal_.bells(), 0);
  Happens(Message("#lobby", "bob", "hi alice"));
  Happens(Message("@bob", "bob", "hi"));
  Happens(RequestEvent{"carol", loop_.Now()});
  EXPECT_EQ(terminal_.bells(), 3);
}

TEST_F(LineInterfaceTest, ARequestIsAcceptedWithoutItsName) {
  OpenReady();
  Happens(RequestEvent{"carol", loop_.Now()});
  Type(":accept\r");
  EXPECT_EQ(commands_.back().Get("user"), "carol");
  Answer();
  EXPECT_EQ(interface_->target(), "@carol");
}

TEST_F(LineInterfaceTest, TypingIsToldRarelyAndNeverForCommands) {
  OpenReady();
  Enter("lobby");
  commands_.clear();
  Type(":help me");
  EXPECT_THAT(Names(), ElementsAre());
  Type("\x03");
  Type("hel");
  Type("lo");
  EXPECT_THAT(Names(), ElementsAre("typing"));
  loop_.RunFor(absl::Seconds(3));
  Type("!");
  EXPECT_THAT(Names(), ElementsAre("typing", "typing"));
}

TEST_F(LineInterfaceTest, TypingOfOthersShowsInThePromptForSixSeconds) {
  OpenReady();
  Enter("lobby");
  Happens(TypingEvent{"#lobby", "bob"});
  EXPECT_EQ(LastRow(), "#lobby (@bob types…) >");
  loop_.RunFor(absl::Seconds(7));
  EXPECT_EQ(LastRow(), "#lobby >");
  Happens(TypingEvent{"#lobby", "bob"});
  Happens(Message("#lobby", "bob", "there"));
  EXPECT_EQ(LastRow(), "#lobby >");
}

TEST_F(LineInterfaceTest, DeliveryOfABurstIsOneLine) {
  OpenReady();
  for (const char* id : {"1", "2"}) Happens(DeliveryEvent{id, "@bob", "", "delivered", "bob", "", {}});
  EXPECT_THAT(Screen(), Not(HasSubstr("delivered")));
  loop_.RunFor(absl::Seconds(1));
  EXPECT_THAT(Screen(), HasSubstr("✓ delivered to @bob (2 messages)"));
}

TEST_F(LineInterfaceTest, CompletesNamesThatWereSeen) {
  OpenReady();
  Enter("lobby");
  Happens(Message("#lobby", "bartholomew", "hi"));
  Type(":msg bar\t");
  EXPECT_EQ(LastRow(), "#lobby > :msg bartholomew");
  Type("\x15:h\t");
  EXPECT_THAT(LastRow(), HasSubstr(":h"));
  Type("\t");
  EXPECT_THAT(Screen(), HasSubstr(":hand  :help  :history"));
}

TEST_F(LineInterfaceTest, SecretsAreAskedForHiddenAndNotRemembered) {
  OpenReady();
  Type(":password\r");
  EXPECT_EQ(LastRow(), "old (the present one):");
  Type("hunter2\r");
  Type("hunter3");
  EXPECT_EQ(LastRow(), "new (the new one): *******");
  Type("\r");
  EXPECT_EQ(commands_.back().name, "password");
  EXPECT_EQ(commands_.back().Get("old"), "hunter2");
  EXPECT_EQ(commands_.back().Get("new"), "hunter3");
  EXPECT_THAT(output_, Not(HasSubstr("hunter")));
  Type("\x1b[A");
  EXPECT_THAT(LastRow(), HasSubstr(":password"));
}

TEST_F(LineInterfaceTest, HelpNamesEveryCommand) {
  OpenReady();
  Type(":help\r");
  for (const CommandSpec& spec : Commands())
    EXPECT_THAT(output_, HasSubstr(absl::StrCat("  :", spec.name))) << spec.name;
  Type(":help history\r");
  EXPECT_THAT(output_, HasSubstr("a message's id"));
}

TEST_F(LineInterfaceTest, PastedRowsAreOneMessage) {
  OpenReady();
  Enter("lobby");
  Type("\x1b[200~one\rtwo\x1b[201~");
  EXPECT_EQ(commands_.back().name, "typing");
  Type("\r");
  EXPECT_EQ(commands_.back().Get("text"), "one\ntwo");
}

TEST_F(LineInterfaceTest, CtrlDInAnEmptyLineQuits) {
  OpenReady();
  Type("x\x04");
  EXPECT_THAT(Names(), Not(Contains("quit")));
  Type("\x03\x04");
  EXPECT_EQ(commands_.back().name, "quit");
}

TEST_F(LineInterfaceTest, ResizingRedraws) {
  OpenReady();
  Enter("lobby");
  Type("abc");
  interface_->OnResize(40, 10);
  EXPECT_EQ(LastRow(), "#lobby > abc");
}

TEST_F(LineInterfaceTest, TheTerminalIsLeftAsItWas) {
  OpenReady();
  Type("abc");
  interface_->Finish();
  EXPECT_EQ(LastRow(), "");
  EXPECT_TRUE(absl::EndsWith(output_, "\x1b[?2004l"));
}

TEST_F(LineInterfaceTest, AScriptGetsPlainLines) {
  OpenReady(/*interactive=*/false);
  Happens(Message("@bob", "bob", "hi *there*\x1b[31m"));
  Happens(RequestEvent{"carol", loop_.Now()});
  EXPECT_THAT(output_, HasSubstr("@bob bob: hi *there*\n"));
  for (const char* forbidden : {"\x1b", "\a", "\r", "> "}) EXPECT_THAT(output_, Not(HasSubstr(forbidden)));
}

TEST_F(LineInterfaceTest, AScriptsLinesWaitForEachOther) {
  Open(/*interactive=*/false);
  Type(":join lobby\nhello\n:outbox\n");
  interface_->OnInputEnd();
  EXPECT_TRUE(commands_.empty());  // nobody takes commands yet
  Happens(ReadyEvent{"alice", ""});
  EXPECT_THAT(Names(), ElementsAre("join"));
  Happens(RoomEvent{"lobby", "entered", "alice", "", "", "", false, {}});
  Answer();
  EXPECT_THAT(Names(), ElementsAre("join", "send", "outbox"));
  EXPECT_EQ(commands_[1].Get("target"), "#lobby");
  Happens(OutboxEvent{{}, commands_.back().ref});
  EXPECT_THAT(Names(), ElementsAre("join", "send", "outbox", "quit"));
}

TEST_F(LineInterfaceTest, AScriptGivesSecretsAsLines) {
  OpenReady(/*interactive=*/false);
  Type(":password\nold one\nnew one\nnot a message\n");
  EXPECT_THAT(Names(), ElementsAre("password"));
  EXPECT_EQ(commands_[0].Get("new"), "new one");
  EXPECT_THAT(output_, Not(HasSubstr("old one")));
}

TEST_F(LineInterfaceTest, ANewOwnerForgetsWhatTheOldOneOwed) {
  OpenReady(/*interactive=*/false);
  Type(":outbox\n:contacts\n");
  EXPECT_THAT(Names(), ElementsAre("outbox"));
  Happens(ReadyEvent{"alice", ""});
  EXPECT_THAT(Names(), ElementsAre("outbox", "contacts"));
}

}  // namespace
}  // namespace parlor::client
