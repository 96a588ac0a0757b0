#include "services/common/revocations.h"

#include <thread>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "tests/services/common/tokens.h"
#include "tests/test_time.h"

namespace parlor::service {
namespace {

using ::parlor::testing::kIssuer;
using ::parlor::testing::TokenMaker;

class RevocationsTest : public ::testing::Test {
 protected:
  const TokenMaker auth_{};
  KeySet keys_{auth_.keys()};
  Revocations revocations_{kIssuer, &keys_};
};

TEST_F(RevocationsTest, KnowsWhoIsOnTheListAndPassesItOnAsItWasSigned) {
  EXPECT_FALSE(revocations_.IsRevoked("d1"));
  EXPECT_EQ(revocations_.version(), 0);
  const std::string list = auth_.Revocations(1, {"d1", "d2"});
  ASSERT_TRUE(revocations_.Update(list, kTestStart).ok());
  EXPECT_TRUE(revocations_.IsRevoked("d1"));
  EXPECT_FALSE(revocations_.IsRevoked("d3"));
  EXPECT_EQ(revocations_.token(), list);
}

TEST_F(RevocationsTest, NeverGoesBackToAnOlderList) {
  ASSERT_TRUE(revocations_.Update(auth_.Revocations(5, {"d1"}), kTestStart).ok());
  int calls = 0;
  const auto observation = revocations_.Observe([&] { ++calls; });
  EXPECT_TRUE(revocations_.Update(auth_.Revocations(4, {}), kTestStart).ok());
  EXPECT_TRUE(revocations_.Update(auth_.Revocations(5, {}), kTestStart).ok());
  EXPECT_TRUE(revocations_.IsRevoked("d1"));
  EXPECT_EQ(revocations_.version(), 5);
  EXPECT_EQ(calls, 0);
}

TEST_F(RevocationsTest, TakesNothingThatAuthDidNotSignAsAList) {
  const TokenMaker stranger{};
  const nlohmann::json good = {{"iss", kIssuer}, {"ver", 9}, {"dev", {"d1"}}};
  const auto without = [&](const char* claim) {
    nlohmann::json claims = good;
    claims.erase(claim);
    return claims;
  };
  const std::string cases[] = {
      "",
      "garbage",
      stranger.Revocations(9, {"d1"}),
      auth_.Sign(kAccessTokenType, good),
      auth_.Sign(kRevocationsType, without("ver")),
      auth_.Sign(kRevocationsType, without("dev")),
      auth_.Sign(kRevocationsType, {{"iss", kIssuer}, {"ver", "9"}, {"dev", {"d1"}}}),
      auth_.Sign(kRevocationsType, {{"iss", kIssuer}, {"ver", 9}, {"dev", {1, 2}}}),
      auth_.Sign(kRevocationsType, {{"iss", "another server"}, {"ver", 9}, {"dev", {"d1"}}}),
  };
  for (const std::string& token : cases) {
    if (token.empty()) continue;  // equals the list that is not there yet
    EXPECT_TRUE(absl::IsUnauthenticated(revocations_.Update(token, kTestStart))) << token;
  }
  EXPECT_EQ(revocations_.version(), 0);
  EXPECT_FALSE(revocations_.IsRevoked("d1"));
}

TEST_F(RevocationsTest, TellsObserversOnEveryChangeUntilTheyLeave) {
  int calls = 0;
  auto observation = revocations_.Observe([&] {
    ++calls;
    EXPECT_TRUE(revocations_.IsRevoked("d1")) << "what they are told about is there already";
  });
  ASSERT_TRUE(revocations_.Update(auth_.Revocations(1, {"d1"}), kTestStart).ok());
  ASSERT_TRUE(revocations_.Update(auth_.Revocations(2, {"d1", "d2"}), kTestStart).ok());
  EXPECT_EQ(calls, 2);
  observation.reset();
  ASSERT_TRUE(revocations_.Update(auth_.Revocations(3, {"d1"}), kTestStart).ok());
  EXPECT_EQ(calls, 2);
}

TEST_F(RevocationsTest, TheEndOfAnObservationWaitsForTheCallThatIsUnderWay) {
  absl::Notification called;
  absl::Notification go_on;
  std::atomic<bool> returned = false;
  auto observation = revocations_.Observe([&] {
    called.Notify();
    go_on.WaitForNotification();
    returned = true;
  });
  std::thread update([&] { EXPECT_TRUE(revocations_.Update(auth_.Revocations(1, {}), kTestStart).ok()); });
  called.WaitForNotification();
  std::thread helper([&] { go_on.Notify(); });
  observation.reset();
  EXPECT_TRUE(returned);
  helper.join();
  update.join();
}

}  // namespace
}  // namespace parlor::service
