#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/auth/rules/devices.h"
#include "services/auth/rules/limits.h"
#include "services/auth/rules/lru_map.h"
#include "services/auth/rules/refresh_token.h"
#include "services/auth/rules/registration.h"

namespace parlor::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST(RefreshTokenTest, SurvivesItsText) {
  const RefreshToken token = RefreshToken::Random();
  const absl::StatusOr<RefreshToken> parsed = RefreshToken::Parse(token.ToText());
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, token);
}

TEST(RefreshTokenTest, RefusesWhatNeverWasAToken) {
  const std::string good = RefreshToken::Random().ToText();
  const std::vector<std::string> bad = {"",
                                        "x",
                                        good.substr(1),
                                        good + "A",
                                        std::string(10'000, 'A'),
                                        std::string(86, '!'),
                                        std::string("\0", 1) + good.substr(1)};
  for (const std::string& text : bad) {
    EXPECT_TRUE(absl::IsUnauthenticated(RefreshToken::Parse(text).status())) << text.substr(0, 90);
  }
}

TEST(RefreshTokenTest, SuccessorFollowsFromSecretAndSaltAlone) {
  const RefreshToken token = RefreshToken::Random();
  EXPECT_EQ(token.Successor("salt"), token.Successor("salt"));
  EXPECT_NE(token.Successor("salt").secret, token.Successor("other salt").secret);
  EXPECT_NE(token.Successor("salt").secret, token.secret);
  EXPECT_EQ(token.Successor("salt").family, token.family);
  EXPECT_NE(RefreshToken::Random().Successor("salt").secret, token.Successor("salt").secret);
}

TEST(JudgeRefreshTest, Verdicts) {
  const RefreshState fresh = {.current_hash = "b", .previous_hash = "", .last_used = kNow};
  const RefreshState rotated = {.current_hash = "b", .previous_hash = "a", .last_used = kNow};
  const absl::Time last_moment = kNow + kRefreshIdleLimit;
  const absl::Time too_late = last_moment + absl::Milliseconds(1);
  struct Case {
    const RefreshState& state;
    const char* presented;
    absl::Time now;
    RefreshVerdict verdict;
  };
  const std::vector<Case> cases = {
      {fresh, "b", kNow, RefreshVerdict::kRotate},
      {fresh, "a", kNow, RefreshVerdict::kReused},
      {fresh, "", kNow, RefreshVerdict::kReused},
      {rotated, "b", kNow, RefreshVerdict::kRotate},
      {rotated, "a", kNow, RefreshVerdict::kRepeat},
      {rotated, "0", kNow, RefreshVerdict::kReused},
      {rotated, "b", last_moment, RefreshVerdict::kRotate},
      {rotated, "b", too_late, RefreshVerdict::kIdle},
      {rotated, "a", too_late, RefreshVerdict::kIdle},
      {rotated, "0", too_late, RefreshVerdict::kReused},
      {rotated, "b", kNow - absl::Hours(1), RefreshVerdict::kRotate},  // a clock that was set back
  };
  for (const Case& c : cases) {
    EXPECT_EQ(JudgeRefresh(c.state, c.presented, c.now), c.verdict) << c.presented << " at " << c.now;
  }
}

std::vector<Device> MakeDevices(size_t count) {
  std::vector<Device> devices;
  for (size_t i = 0; i < count; ++i) {
    devices.push_back({absl::StrCat("device", i), "", kNow + absl::Seconds(static_cast<int>(i)), kNow});
  }
  return devices;
}

TEST(DevicesTest, TheOldestGoesWhenThereAreTooMany) {
  EXPECT_THAT(DevicesOverLimit(MakeDevices(kMaxDevicesPerAccount), "device19"), IsEmpty());
  EXPECT_THAT(DevicesOverLimit(MakeDevices(kMaxDevicesPerAccount + 1), "device20"), ElementsAre("device0"));
  EXPECT_THAT(DevicesOverLimit(MakeDevices(kMaxDevicesPerAccount + 2), "device21"),
              ElementsAre("device0", "device1"));
}

TEST(DevicesTest, TheOneThatJustLoggedInStays) {
  EXPECT_THAT(DevicesOverLimit(MakeDevices(kMaxDevicesPerAccount + 1), "device0"), ElementsAre("device1"));
}

TEST(DevicesTest, LabelsAreOneCleanLine) {
  EXPECT_EQ(*CleanDeviceLabel("Ada's laptop"), "Ada's laptop");
  EXPECT_EQ(*CleanDeviceLabel(""), "");
  EXPECT_EQ(*CleanDeviceLabel(" a\nb\x1b[31m "), CleanDeviceLabel("a b\x1b[31m").value());
  EXPECT_EQ(CleanDeviceLabel("a\x1b[31mb")->find('\x1b'), std::string::npos);
  EXPECT_EQ(CleanDeviceLabel(std::string("a\0b", 3))->find('\0'), std::string::npos);
  std::string longest;
  for (size_t i = 0; i < kMaxDeviceLabelCharacters; ++i) longest += "ä";
  EXPECT_EQ(*CleanDeviceLabel(longest), longest);
  EXPECT_TRUE(absl::IsInvalidArgument(CleanDeviceLabel(longest + "x").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(CleanDeviceLabel(std::string(1 << 20, 'x')).status()));
}

TEST(RegistrationTest, ModesHaveNames) {
  for (const RegistrationMode mode :
       {RegistrationMode::kOpen, RegistrationMode::kInvite, RegistrationMode::kClosed}) {
    EXPECT_EQ(*ParseRegistrationMode(ToString(mode)), mode);
  }
  EXPECT_TRUE(absl::IsInvalidArgument(ParseRegistrationMode("Open").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ParseRegistrationMode("").status()));
}

TEST(LruMapTest, ForgetsWhatWasUnusedForLongest) {
  LruMap<int> map(2);
  map.Use("a") = 1;
  map.Use("b") = 2;
  map.Use("a");
  map.Use("c") = 3;
  EXPECT_EQ(map.size(), 2u);
  EXPECT_EQ(map.Find("b"), nullptr);
  ASSERT_NE(map.Find("a"), nullptr);
  EXPECT_EQ(*map.Find("a"), 1);
  map.Erase("a");
  EXPECT_EQ(map.Find("a"), nullptr);
  EXPECT_EQ(map.Use("a"), 0);
}

}  // namespace
}  // namespace parlor::auth
