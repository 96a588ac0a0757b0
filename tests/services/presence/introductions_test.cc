#include "services/presence/introductions.h"

#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/common/tokens.h"
#include "tests/test_time.h"

namespace parlor::presence {
namespace {

class IntroductionsTest : public ::testing::Test {
 protected:
  nlohmann::json Claims() const {
    nlohmann::json claims = {
        {"iss", parlor::testing::kIssuer}, {"sub", "ann"}, {"dev", "d1"}, {"tgt", "bob"}, {"room", "r"}};
    SetTimeClaim(claims, "exp", kTestStart + absl::Seconds(60));
    return claims;
  }
  absl::StatusCode Check(const std::string& token, absl::Time now = kTestStart) const {
    return introductions_.Check(token, {"ann", "d1", kTestStart}, "bob", now).code();
  }

  parlor::testing::TokenMaker rooms_;
  service::KeySet keys_{rooms_.keys()};
  Introductions introductions_{&keys_, parlor::testing::kIssuer};
};

TEST_F(IntroductionsTest, CountsForTheOneItWasMadeFor) {
  EXPECT_EQ(Check(rooms_.Sign(kIntroductionType, Claims())), absl::StatusCode::kOk);
}

TEST_F(IntroductionsTest, EndsAfterItsTime) {
  const std::string token = rooms_.Sign(kIntroductionType, Claims());
  EXPECT_EQ(Check(token, kTestStart + absl::Seconds(59)), absl::StatusCode::kOk);
  EXPECT_EQ(Check(token, kTestStart + absl::Seconds(70)), absl::StatusCode::kPermissionDenied);
}

TEST_F(IntroductionsTest, AnyOtherClaimIsRefused) {
  for (const auto& [claim, value] : {std::pair("sub", "eve"), std::pair("dev", "d2"), std::pair("tgt", "cid"),
                                     std::pair("iss", "other server")}) {
    nlohmann::json claims = Claims();
    claims[claim] = value;
    EXPECT_EQ(Check(rooms_.Sign(kIntroductionType, claims)), absl::StatusCode::kPermissionDenied) << claim;
    claims.erase(claim);
    EXPECT_EQ(Check(rooms_.Sign(kIntroductionType, claims)), absl::StatusCode::kPermissionDenied) << claim;
  }
  nlohmann::json endless = Claims();
  endless.erase("exp");
  EXPECT_EQ(Check(rooms_.Sign(kIntroductionType, endless)), absl::StatusCode::kPermissionDenied);
}

TEST_F(IntroductionsTest, ForgedOtherKindsAndGarbageAreRefused) {
  const parlor::testing::TokenMaker stranger;
  EXPECT_EQ(Check(stranger.Sign(kIntroductionType, Claims())), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Check(rooms_.Sign(kTicketType, Claims())), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Check(rooms_.Sign(kAccessTokenType, Claims())), absl::StatusCode::kPermissionDenied);
  for (const char* garbage : {"", ".", "a.b.c", "\xff\xfe"}) {
    EXPECT_EQ(Check(garbage), absl::StatusCode::kPermissionDenied);
  }
}

}  // namespace
}  // namespace parlor::presence
