#include "client/cli/one_shot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/exit_code.h"
#include "tests/client/cli/task_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OneShotTest : public TaskFixture {
 protected:
  void Begin(const char* name) {
    task_ = std::make_unique<OneShot>(loop_, Host(), Command{name, {}, {}}, absl::Seconds(10));
    task_->Start();
  }
};

TEST_F(OneShotTest, WaitsForTheServicesAndShowsTheAnswer) {
  Begin("rooms");
  Ready();
  EXPECT_THAT(commands_, IsEmpty());
  Services(true);
  EXPECT_THAT(Names(), ElementsAre("rooms"));
  Happens(RoomsEvent{{}, "somebody-else"});
  EXPECT_FALSE(exit_code_.has_value());
  Answers(RoomsEvent{});
  EXPECT_THAT(shown_, ElementsAre(R"({"event":"rooms","rooms":[]})"));
  EXPECT_EQ(exit_code_, kExitOk);
}

TEST_F(OneShotTest, WhatIsOnThisMachineWaitsForNobody) {
  for (const char* name : {"history", "outbox"}) {
    commands_.clear();
    Begin(name);
    Ready();
    EXPECT_THAT(Names(), ElementsAre(name));
  }
}

TEST_F(OneShotTest, ServicesThatStayAwayAreAnErrorWithTheirReason) {
  Begin("rooms");
  Ready();
  Services(false);
  loop_.RunFor(absl::Seconds(9));
  EXPECT_FALSE(exit_code_.has_value());
  loop_.RunFor(absl::Seconds(2));
  EXPECT_EQ(exit_code_, kExitError);
  ASSERT_EQ(shown_.size(), 1u);
  EXPECT_THAT(shown_[0], HasSubstr("refused"));
  EXPECT_THAT(commands_, IsEmpty());
}

TEST_F(OneShotTest, WhenNothingIsTriedAnyMoreNobodyWaits) {
  Begin("rooms");
  Ready();
  Happens(ServicesEvent{false, "another device is online", {}});
  EXPECT_EQ(exit_code_, kExitError);
}

TEST_F(OneShotTest, TheDoctorComesAlsoWhenTheServicesAreAway) {
  Begin("doctor");
  Ready();
  Services(false);
  loop_.RunFor(absl::Seconds(11));
  EXPECT_THAT(Names(), ElementsAre("doctor"));
}

TEST_F(OneShotTest, AnErrorIsAnErrorForTheShell) {
  Begin("kick");
  Ready();
  Services(true);
  Answers(ErrorEvent{"permission_denied", "only moderators", "kick", ""});
  EXPECT_EQ(exit_code_, kExitError);
}

TEST_F(OneShotTest, NoAnswerIsAnErrorToo) {
  Begin("rooms");
  Ready();
  Services(true);
  loop_.RunFor(OneShot::kAnswerTimeout + absl::Seconds(1));
  EXPECT_EQ(exit_code_, kExitError);
  Answers(RoomsEvent{});  // too late, and not shown
  EXPECT_EQ(shown_.size(), 1u);
}

TEST_F(OneShotTest, AnEndBeforeTheAnswerIsAnError) {
  Begin("rooms");
  Ready();
  Happens(ClosedEvent{"interrupted"});
  EXPECT_EQ(exit_code_, kExitError);
}

}  // namespace
}  // namespace parlor::client
