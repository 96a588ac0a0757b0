#include "client/cli/send_once.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/exit_code.h"
#include "tests/client/cli/task_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SendOnceTest : public TaskFixture {
 protected:
  void Begin(const char* target) {
    task_ = std::make_unique<SendOnce>(loop_, Host(), target, "hello", absl::Seconds(10), absl::Seconds(5));
    task_->Start();
    Ready();
    Services(true);
    if (target[0] == '#') Answers(DoneEvent{"join", ""});
  }
  void Mark(const char* mark, const char* by = "", const char* reason = "") {
    Happens(DeliveryEvent{"id", "", send().ref, mark, by, reason, {}});
  }
  const Command& send() {
    for (const Command& command : commands_) {
      if (command.name == "send") return command;
    }
    ADD_FAILURE() << "nothing was sent";
    return commands_.front();
  }
};

TEST_F(SendOnceTest, DeliveredToAPerson) {
  Begin("@bob");
  EXPECT_EQ(send().Get("text"), "hello");
  Mark("sent");
  EXPECT_FALSE(exit_code_.has_value());
  Mark("delivered", "bob");
  EXPECT_EQ(exit_code_, kExitOk);
  EXPECT_THAT(shown_.back(), HasSubstr(R"("mark":"delivered","by":"bob")"));
}

TEST_F(SendOnceTest, QueuedSaysWhyItWaitsNow) {
  Begin("@bob");
  Mark("queued", "", "no direct way was found yet");
  loop_.RunFor(absl::Seconds(6));
  EXPECT_EQ(commands_.back().name, "outbox");
  Answers(OutboxEvent{{{"id", "@bob", "hello", loop_.Now(), "@bob is offline"}}, ""});
  EXPECT_EQ(exit_code_, kExitQueued);
  EXPECT_THAT(shown_, ElementsAre(HasSubstr("@bob is offline")));
}

TEST_F(SendOnceTest, AnOutboxThatDoesNotAnswerHoldsNobodyUp) {
  Begin("@bob");
  Mark("queued", "", "@bob is offline");
  loop_.RunFor(absl::Seconds(10));
  EXPECT_EQ(exit_code_, kExitQueued);
}

TEST_F(SendOnceTest, ADeclineEndsTheWait) {
  Begin("@bob");
  Mark("queued", "", "asked");
  Happens(ChatEvent{"carol", "declined", ""});
  EXPECT_FALSE(exit_code_.has_value());
  Happens(ChatEvent{"bob", "declined", "busy"});
  EXPECT_EQ(exit_code_, kExitQueued);
  EXPECT_THAT(shown_.back(), HasSubstr("@bob declined: busy"));
}

TEST_F(SendOnceTest, ARoomIsEnteredFirst) {
  Begin("#lobby");
  EXPECT_THAT(Names(), ElementsAre("join", "send"));
  EXPECT_EQ(commands_[0].Get("room"), "lobby");
}

TEST_F(SendOnceTest, ARoomThatCannotBeEnteredIsAnError) {
  task_ = std::make_unique<SendOnce>(loop_, Host(), "#lobby", "hello", absl::Seconds(10), absl::Seconds(5));
  Ready();
  Services(true);
  Answers(ErrorEvent{"not_found", "there is no #lobby", "join", ""});
  EXPECT_EQ(exit_code_, kExitError);
  EXPECT_THAT(Names(), ElementsAre("join"));
}

TEST_F(SendOnceTest, AloneInTheRoom) {
  Begin("#lobby");
  Mark("queued", "", "alone");
  EXPECT_EQ(exit_code_, kExitAlone);
}

TEST_F(SendOnceTest, WaitsForAllMembersThatCanBeReached) {
  Begin("#lobby");
  Mark("sent");
  Mark("delivered", "bob");
  EXPECT_EQ(commands_.back().name, "who");
  WhoEvent who;
  who.room = "lobby";
  who.members = {{"alice", "", false, "self", "", "", "", {}},
                 {"bob", "", false, "linked", "", "", "", {}},
                 {"carol", "", false, "linked", "", "", "", {}},
                 {"dave", "", false, "unreachable", "", "", "", {}}};
  Answers(who);
  EXPECT_FALSE(exit_code_.has_value());
  Mark("delivered", "carol");
  EXPECT_EQ(exit_code_, kExitOk);
}

TEST_F(SendOnceTest, OneMemberThatHasItIsEnoughInTheEnd) {
  Begin("#lobby");
  Mark("delivered", "bob");
  WhoEvent who;
  who.members = {{"bob", "", false, "linked", "", "", "", {}},
                 {"carol", "", false, "linked", "", "", "", {}}};
  Answers(who);
  loop_.RunFor(absl::Seconds(6));
  EXPECT_EQ(exit_code_, kExitOk);
}

TEST_F(SendOnceTest, NobodyReachedInTimeIsQueued) {
  Begin("#lobby");
  Mark("queued", "", "no member is reached yet");
  loop_.RunFor(absl::Seconds(6));
  EXPECT_EQ(exit_code_, kExitQueued);
  EXPECT_THAT(shown_.back(), HasSubstr("no member is reached yet"));
}

TEST_F(SendOnceTest, AMessageThatIsRefusedIsAnError) {
  Begin("@bob");
  Answers(ErrorEvent{"invalid_argument", "at most 64 KiB", "send", ""});
  EXPECT_EQ(exit_code_, kExitError);
}

TEST_F(SendOnceTest, WithoutServicesAPrivateMessageStillGoes) {
  task_ = std::make_unique<SendOnce>(loop_, Host(), "@bob", "hello", absl::Seconds(10), absl::Seconds(5));
  Ready();
  Services(false);
  loop_.RunFor(absl::Seconds(11));
  EXPECT_THAT(Names(), ElementsAre("send"));
}

}  // namespace
}  // namespace parlor::client
