// What logins cost, and what they tell nobody.
#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/retry.h"
#include "gmock/gmock.h"
#include "services/auth/store/open_store.h"
#include "tests/services/auth/auth_fixture.h"

namespace parlor::auth {
namespace {

using ::testing::HasSubstr;

class AuthLoginTest : public AuthTest {
 protected:
  double Hashes() { return server().Metric("parlor_auth_password_hash_seconds"); }

  double HashesOf(const std::string& name, const std::string& password) {
    const double before = Hashes();
    TestDevice device;
    EXPECT_TRUE(absl::IsUnauthenticated(server().LogIn(device, name, password)));
    return Hashes() - before;
  }

  // Without limits on attempts, so that many can be compared.
  AuthOptions Unthrottled() const {
    AuthOptions options = Options();
    options.throttle.free_failures_per_account = 100'000;
    options.throttle.free_failures_per_address = 100'000;
    return options;
  }

  absl::Duration TimeOf(const std::string& name) {
    TestDevice device;
    const absl::Time start = absl::Now();
    EXPECT_TRUE(absl::IsUnauthenticated(server().LogIn(device, name, "not the password")));
    return absl::Now() - start;
  }
};

TEST_F(AuthLoginTest, UnknownNameAndWrongPasswordAreOneAnswer) {
  Start();
  NewPerson("ada");
  NewPerson("gone");
  ASSERT_EQ(Admin({"delete", "gone"}), 0);
  TestDevice device;
  const absl::Status wrong = server().LogIn(device, "ada", "not the password");
  EXPECT_TRUE(absl::IsUnauthenticated(wrong));
  for (const char* name : {"nobody", "gone"})
    EXPECT_EQ(server().LogIn(device, name, "not the password"), wrong);
  EXPECT_EQ(HashesOf("ada", "not the password"), 1);
  EXPECT_EQ(HashesOf("nobody", "not the password"), 1);
  EXPECT_EQ(HashesOf("gone", "not the password"), 1);
}

TEST_F(AuthLoginTest, UnknownNameAndWrongPasswordTakeOneTime) {
  AuthOptions options = Unthrottled();
  options.argon2 = {.memory_kib = 8 * 1024, .passes = 3, .parallelism = 1};
  Start(options);
  ASSERT_TRUE(server().Register("ada").ok());
  constexpr int kRounds = 15;
  std::vector<absl::Duration> known, unknown;
  for (int i = 0; i < kRounds; ++i) {  // in turns, so that a busy machine slows both
    known.push_back(TimeOf("ada"));
    unknown.push_back(TimeOf("nobody"));
  }
  std::sort(known.begin(), known.end());
  std::sort(unknown.begin(), unknown.end());
  const double ratio = absl::FDivDuration(known[kRounds / 2], unknown[kRounds / 2]);
  EXPECT_GT(ratio, 0.5);
  EXPECT_LT(ratio, 2.0);
}

TEST_F(AuthLoginTest, FailuresAreThrottledAndNobodyIsLockedOut) {
  AuthOptions options = Options();
  options.throttle.free_failures_per_account = 3;
  Start(options);
  NewPerson("ada");
  for (const char* name : {"ada", "nobody"}) {
    TestDevice device;
    for (int i = 0; i < 4; ++i) {
      EXPECT_TRUE(absl::IsUnauthenticated(server().LogIn(device, name, "not the password"))) << i;
    }
    const absl::Status refused = server().LogIn(device, name);
    EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
    EXPECT_EQ(RetryAfter(refused), absl::Seconds(1));
  }
  clock_.Advance(absl::Seconds(1));
  TestDevice device;
  EXPECT_TRUE(server().LogIn(device, "ada").ok());
  EXPECT_EQ(server().Metric("parlor_auth_logins_total", "throttled"), 2);
}

TEST_F(AuthLoginTest, AStolenTokenDoesNotHelpToGuessThePassword) {
  AuthOptions options = Options();
  options.throttle.free_failures_per_account = 3;
  Start(options);
  const TestDevice ada = NewPerson("ada");
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(
        absl::IsPermissionDenied(server().DeleteAccount(ada.access(), absl::StrCat("guess number ", i))));
  }
  EXPECT_TRUE(absl::IsResourceExhausted(server().DeleteAccount(ada.access(), kPassword)));
  EXPECT_TRUE(absl::IsResourceExhausted(server().ChangePassword(ada.access(), kPassword, "a new good one")));
}

TEST_F(AuthLoginTest, ManyLoginsAtOnce) {
  Start();
  ASSERT_TRUE(server().Register("ada").ok());
  std::vector<TestDevice> devices(8);
  std::vector<std::thread> threads;
  std::atomic<int> in{0};
  for (TestDevice& device : devices) {
    threads.emplace_back([&] {
      if (server().LogIn(device, "ada").ok()) ++in;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(in, 8);
  for (const TestDevice& device : devices) EXPECT_TRUE(server().ListDevices(device.access()).ok());
}

TEST_F(AuthLoginTest, SixteenRacingRegistrationsGiveOneAccount) {
  Start();
  std::vector<std::thread> threads;
  std::atomic<int> created{0}, taken{0};
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      const absl::Status status = server().Register(i % 2 == 0 ? "ada" : "ADA");
      if (status.ok()) ++created;
      if (absl::IsAlreadyExists(status)) ++taken;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(taken, 15);
}

TEST_F(AuthLoginTest, AFloodIsToldToComeBackAndTheOthersAreServed) {
  AuthOptions options = Unthrottled();
  options.argon2 = {.memory_kib = 8 * 1024, .passes = 8, .parallelism = 1};
  options.hash_gate.running = 1;
  options.waiting_logins = 1;
  Start(options);
  TestDevice ada = NewPerson("ada");
  std::vector<std::thread> flood;
  std::atomic<int> served{0}, refused{0}, other{0};
  for (int i = 0; i < 32; ++i) {
    flood.emplace_back([&] {
      TestDevice device;
      const absl::Status status = server().LogIn(device, "nobody", "not the password");
      if (absl::IsUnauthenticated(status)) {
        ++served;
      } else if (absl::IsResourceExhausted(status) && RetryAfter(status) >= absl::Seconds(1)) {
        ++refused;
      } else {
        ++other;
      }
    });
  }
  EXPECT_TRUE(server().ListDevices(ada.access()).ok()) << "those who are logged in do not wait for logins";
  EXPECT_TRUE(server().Refresh(ada.refresh()).ok());
  for (std::thread& thread : flood) thread.join();
  EXPECT_GE(served, 1);
  EXPECT_GE(refused, 1);
  EXPECT_EQ(other, 0);
  TestDevice again;
  EXPECT_TRUE(server().LogIn(again, "ada").ok());
}

TEST_F(AuthLoginTest, AHashIsStrengthenedAtTheNextLogin) {
  Start();
  NewPerson("ada");
  AuthOptions stronger = Options();
  stronger.argon2 = {.memory_kib = 128, .passes = 2, .parallelism = 1};
  Start(stronger);
  NewDevice("ada");
  const auto store = OpenAccountStore({.database = stronger.database});
  ASSERT_TRUE(store.ok());
  EXPECT_THAT((*store)->FindAccount("ada")->password_hash, HasSubstr("$m=128,t=2,p=1$"));
  const double before = Hashes();
  NewDevice("ada");
  EXPECT_EQ(Hashes() - before, 1) << "once is enough";
}

TEST_F(AuthLoginTest, SuspensionIsToldOnlyToWhoKnowsThePassword) {
  Start();
  NewPerson("ada");
  ASSERT_EQ(Admin({"suspend", "ada"}), 0);
  TestDevice device;
  EXPECT_TRUE(absl::IsUnauthenticated(server().LogIn(device, "ada", "not the password")));
  const absl::Status status = server().LogIn(device, "ada");
  EXPECT_TRUE(absl::IsPermissionDenied(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("suspended"));
  ASSERT_EQ(Admin({"unsuspend", "ada"}), 0);
  EXPECT_TRUE(server().LogIn(device, "ada").ok());
}

TEST_F(AuthLoginTest, LoginsAreCounted) {
  Start();
  NewPerson("ada");
  TestDevice device;
  (void)server().LogIn(device, "ada", "not the password");
  EXPECT_EQ(server().Metric("parlor_auth_logins_total", "ok"), 1);
  EXPECT_EQ(server().Metric("parlor_auth_logins_total", "wrong"), 1);
  EXPECT_EQ(server().Metric("parlor_auth_registrations_total"), 1);
}

}  // namespace
}  // namespace parlor::auth
