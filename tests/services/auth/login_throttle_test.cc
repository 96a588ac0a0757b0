#include "services/auth/rules/login_throttle.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/retry.h"
#include "gtest/gtest.h"

namespace parlor::auth {
namespace {

constexpr char kOwner[] = "192.0.2.1";
constexpr char kAttacker[] = "198.51.100.7";

class LoginThrottleTest : public ::testing::Test {
 protected:
  static LoginThrottleOptions Options() {
    LoginThrottleOptions options;
    options.free_failures_per_account = 3;
    options.free_failures_per_address = 1000;
    return options;
  }

  // How long `ip` has to wait; zero: the attempt was let through (and failed).
  absl::Duration Attempt(const std::string& account, const std::string& ip) {
    const absl::Status status = throttle_.Begin(account, ip, now_);
    if (status.ok()) return absl::ZeroDuration();
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    EXPECT_TRUE(RetryAfter(status).has_value());
    return RetryAfter(status).value_or(absl::InfiniteDuration());
  }

  void FailTimes(int times, const std::string& account, const std::string& ip) {
    for (int i = 0; i < times; ++i) {
      const absl::Duration wait = Attempt(account, ip);
      if (wait == absl::ZeroDuration()) continue;
      now_ += wait;
      ASSERT_EQ(Attempt(account, ip), absl::ZeroDuration());
    }
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  LoginThrottle throttle_{Options()};
};

TEST_F(LoginThrottleTest, DelaysDoubleUpToTheLongest) {
  for (int i = 0; i < 4; ++i) ASSERT_EQ(Attempt("ada", kOwner), absl::ZeroDuration());
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    EXPECT_EQ(Attempt("ada", kOwner), absl::Seconds(seconds));
    now_ += absl::Seconds(seconds);
    ASSERT_EQ(Attempt("ada", kOwner), absl::ZeroDuration());
  }
}

TEST_F(LoginThrottleTest, ARefusalMakesNoDelayLonger) {
  FailTimes(4, "ada", kOwner);
  EXPECT_EQ(Attempt("ada", kOwner), absl::Seconds(1));
  now_ += absl::Milliseconds(400);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Attempt("ada", kOwner), absl::Milliseconds(600));
}

TEST_F(LoginThrottleTest, OtherAccountsAndSuccessesAreFree) {
  FailTimes(20, "ada", kAttacker);
  EXPECT_EQ(Attempt("bob", kOwner), absl::ZeroDuration());
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(Attempt("eve", kOwner), absl::ZeroDuration());
    throttle_.Succeeded("eve", kOwner);
  }
}

TEST_F(LoginThrottleTest, ASuccessStartsTheAccountAnew) {
  FailTimes(10, "ada", kAttacker);
  now_ += absl::Minutes(1);
  ASSERT_EQ(Attempt("ada", kOwner), absl::ZeroDuration());
  throttle_.Succeeded("ada", kOwner);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Attempt("ada", kOwner), absl::ZeroDuration());
}

TEST_F(LoginThrottleTest, WithdrawnAttemptsDoNotCount) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(Attempt("ada", kOwner), absl::ZeroDuration()) << i;
    throttle_.Withdraw("ada", kOwner);
  }
}

// The attacker takes every turn that it can get, from many addresses, for as long as the owner waits.
TEST_F(LoginThrottleTest, TheOwnerWaitsNoLongerThanTheLongestDelayWhateverAnAttackerDoes) {
  FailTimes(30, "ada", kAttacker);
  const absl::Duration told = Attempt("ada", kOwner);
  ASSERT_LE(told, Options().max_delay);
  const absl::Time promised = now_ + told;
  int address = 0;
  while (now_ < promised) {
    for (int i = 0; i < 5; ++i) Attempt("ada", absl::StrCat("203.0.113.", address++ % 250));
    Attempt("ada", kAttacker);
    now_ += absl::Milliseconds(500);
  }
  now_ = promised;
  Attempt("ada", kAttacker);  // just before the owner
  EXPECT_EQ(Attempt("ada", kOwner), absl::ZeroDuration());
  throttle_.Succeeded("ada", kOwner);
}

TEST_F(LoginThrottleTest, AttemptsUnderWayCountSoParallelOnesGainNothing) {
  int let_through = 0;
  for (int i = 0; i < 1000; ++i) {
    if (Attempt("ada", kAttacker) == absl::ZeroDuration()) ++let_through;
  }
  EXPECT_EQ(let_through, Options().free_failures_per_account + 1);
}

TEST_F(LoginThrottleTest, AddressesAreThrottledOverAllAccounts) {
  LoginThrottleOptions options = Options();
  options.free_failures_per_address = 50;
  LoginThrottle throttle(options);
  int let_through = 0;
  for (int i = 0; i < 200; ++i) {
    if (throttle.Begin(absl::StrCat("account", i), kAttacker, now_).ok()) ++let_through;
  }
  EXPECT_EQ(let_through, 51);
  EXPECT_TRUE(throttle.Begin("ada", kOwner, now_).ok());
}

// An account of one's own does not reset what one's address has tried on others.
TEST_F(LoginThrottleTest, OwnSuccessesDoNotForgiveAnAddress) {
  LoginThrottleOptions options = Options();
  options.free_failures_per_address = 10;
  LoginThrottle throttle(options);
  int tried = 0;
  for (int i = 0; i < 100; ++i) {
    if (throttle.Begin(absl::StrCat("victim", i), kAttacker, now_).ok()) ++tried;
    if (throttle.Begin("own", kAttacker, now_).ok()) throttle.Succeeded("own", kAttacker);
  }
  EXPECT_LE(tried, 11);
}

TEST_F(LoginThrottleTest, OfIpv6TheCustomersPrefixCounts) {
  LoginThrottleOptions options = Options();
  options.free_failures_per_address = 10;
  LoginThrottle throttle(options);
  int let_through = 0;
  for (int i = 0; i < 100; ++i) {
    if (throttle.Begin(absl::StrCat("a", i), absl::StrCat("2001:db8:1:2::", i), now_).ok()) ++let_through;
  }
  EXPECT_EQ(let_through, 11);
  EXPECT_TRUE(throttle.Begin("ada", "2001:db8:1:3::1", now_).ok());
}

TEST_F(LoginThrottleTest, FailuresAreForgotten) {
  FailTimes(20, "ada", kOwner);
  now_ += Options().forget_after + absl::Seconds(1);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Attempt("ada", kOwner), absl::ZeroDuration());
}

TEST_F(LoginThrottleTest, AClockThatIsSetBackLocksNobodyOut) {
  FailTimes(20, "ada", kOwner);
  now_ -= absl::Hours(5);
  const absl::Duration wait = Attempt("ada", kOwner);
  ASSERT_LE(wait, Options().max_delay);
  now_ += wait;
  EXPECT_EQ(Attempt("ada", kOwner), absl::ZeroDuration());
}

TEST_F(LoginThrottleTest, MapsStayBounded) {
  LoginThrottleOptions options = Options();
  options.max_entries = 100;
  LoginThrottle throttle(options);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(throttle.Begin("ada", kOwner, now_).ok());
  ASSERT_FALSE(throttle.Begin("ada", kOwner, now_).ok());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(
        throttle.Begin(absl::StrCat("n", i), absl::StrCat("10.0.", i / 250, ".", i % 250), now_).ok());
  }
  // The oldest was forgotten, as the header says; nothing worse happened.
  EXPECT_TRUE(throttle.Begin("ada", kOwner, now_).ok());
}

}  // namespace
}  // namespace parlor::auth
