#include "client/overlay/conduct.h"

#include <memory>

#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::client::overlay {
namespace {

class ConductTest : public ::testing::Test {
 protected:
  const OverlayOptions options_{};
  const Conduct conduct_{options_};
  Neighbour bob_{"bob", kTestStart, std::make_shared<PeerConduct>(options_)};
};

TEST_F(ConductTest, FramesAreCountedAgainstThePace) {
  for (int i = 0; i < static_cast<int>(options_.frames_burst); ++i) {
    ASSERT_TRUE(conduct_.OnFrame(bob_, kTestStart).ok());
  }
  EXPECT_EQ(conduct_.OnFrame(bob_, kTestStart).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(conduct_.OnFrame(bob_, kTestStart + absl::Seconds(1)).ok());
}

TEST_F(ConductTest, OnlyWhatItWroteItselfIsItsFault) {
  for (int i = 0; i < 3 * static_cast<int>(options_.own_messages_burst); ++i) {
    ASSERT_TRUE(conduct_.OnMessage(bob_, false, kTestStart).ok());
  }
  for (int i = 0; i < static_cast<int>(options_.own_messages_burst); ++i) {
    ASSERT_TRUE(conduct_.OnMessage(bob_, true, kTestStart).ok());
  }
  EXPECT_EQ(conduct_.OnMessage(bob_, true, kTestStart).code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ConductTest, DuplicatesAreHeldAgainstWhatCame) {
  uint64_t received = 1'000;
  for (uint64_t i = 0; i < options_.duplicates_burst; ++i) {
    ASSERT_TRUE(conduct_.OnDuplicate(bob_, received, kTestStart).ok());
  }
  received += 10;  // three copies of each are fair
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(conduct_.OnDuplicate(bob_, received, kTestStart).ok());
  EXPECT_EQ(conduct_.OnDuplicate(bob_, received, kTestStart).code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ConductTest, DuplicatesAreForgottenAfterAMinute) {
  for (uint64_t i = 0; i < options_.duplicates_burst; ++i) {
    ASSERT_TRUE(conduct_.OnDuplicate(bob_, 0, kTestStart).ok());
  }
  EXPECT_TRUE(conduct_.OnDuplicate(bob_, 0, kTestStart + absl::Seconds(61)).ok());
}

TEST_F(ConductTest, AMessageMakesUpForUnansweredQuestions) {
  bob_.conduct->unanswered_wants = options_.unanswered_wants - 1;
  EXPECT_TRUE(conduct_.OfAnswers(bob_).ok());
  ++bob_.conduct->unanswered_wants;
  EXPECT_EQ(conduct_.OfAnswers(bob_).code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(conduct_.OnMessage(bob_, false, kTestStart).ok());
  EXPECT_TRUE(conduct_.OfAnswers(bob_).ok());
}

}  // namespace
}  // namespace parlor::client::overlay
