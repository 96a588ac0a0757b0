// AccountStore, every implementation: devices, refresh tokens, what was ended.
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "services/auth/rules/limits.h"
#include "tests/services/auth/account_store_fixture.h"

namespace parlor::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

using StoreDevicesTest = AccountStoreTest;

TEST_P(StoreDevicesTest, AtMostTwentyDevicesTheOldestGoes) {
  ASSERT_TRUE(Create("ada").ok());
  for (size_t i = 0; i < kMaxDevicesPerAccount; ++i) {
    Enrol("ada", absl::StrCat("d", i), kNow + absl::Milliseconds(static_cast<int>(i)));
  }
  EXPECT_THAT(Revoked(), IsEmpty());
  const auto ended = store_->EnrolDevice(MakeDevice("ada", "new"), kNow + absl::Seconds(1));
  ASSERT_TRUE(ended.ok());
  EXPECT_THAT(*ended, ElementsAre("d0"));
  EXPECT_THAT(DevicesOf("ada"), SizeIs(kMaxDevicesPerAccount));
  EXPECT_THAT(Revoked(), ElementsAre("d0"));
}

TEST_P(StoreDevicesTest, RacingLoginsNeverExceedTheLimit) {
  ASSERT_TRUE(Create("ada").ok());
  std::atomic<int> enrolled{0};
  Race(32, [&](AccountStore& store, int i) {
    if (store.EnrolDevice(MakeDevice("ada", absl::StrCat("d", i)), kNow).ok()) ++enrolled;
  });
  EXPECT_EQ(enrolled, 32);
  EXPECT_THAT(DevicesOf("ada"), SizeIs(kMaxDevicesPerAccount));
  EXPECT_THAT(Revoked(), SizeIs(12));
}

TEST_P(StoreDevicesTest, ADeviceKeyIsOnePersonsAndNotUsedAgainOnceEnded) {
  ASSERT_TRUE(Create("ada").ok());
  ASSERT_TRUE(Create("bob").ok());
  Enrol("ada", "d1");
  EXPECT_TRUE(absl::IsAlreadyExists(store_->EnrolDevice(MakeDevice("bob", "d1"), kNow).status()));
  EXPECT_THAT(DevicesOf("bob"), IsEmpty());
  ASSERT_TRUE(store_->EndDevice("ada", "d1", kNow).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(store_->EnrolDevice(MakeDevice("ada", "d1"), kNow).status()));
}

TEST_P(StoreDevicesTest, ALoginOfTheSameDeviceStartsANewFamily) {
  ASSERT_TRUE(Create("ada").ok());
  Enrol("ada", "d1");
  NewDevice again = MakeDevice("ada", "d1");
  again.family_hash = "another family";
  ASSERT_TRUE(store_->EnrolDevice(again, kNow + absl::Hours(1)).ok());
  EXPECT_THAT(DevicesOf("ada"), ElementsAre("d1"));
  EXPECT_EQ(store_->FindDevice("ada", "d1")->enrolled, kNow);
  EXPECT_EQ(store_->FindDevice("ada", "d1")->last_used, kNow + absl::Hours(1));
  EXPECT_TRUE(absl::IsNotFound(Refresh("d1", "token 0 of d1", "x").status()));
  EXPECT_THAT(Revoked(), IsEmpty());
}

TEST_P(StoreDevicesTest, NobodyEndsTheDeviceOfAnother) {
  ASSERT_TRUE(Create("ada").ok());
  ASSERT_TRUE(Create("bob").ok());
  Enrol("ada", "d1");
  const int64_t before = Version();
  EXPECT_TRUE(absl::IsNotFound(store_->EndDevice("bob", "d1", kNow)));
  EXPECT_TRUE(absl::IsNotFound(store_->EndDevice("ada", "d2", kNow)));
  EXPECT_TRUE(absl::IsNotFound(store_->FindDevice("bob", "d1").status()));
  EXPECT_THAT(DevicesOf("ada"), ElementsAre("d1"));
  EXPECT_EQ(Version(), before);
}

TEST_P(StoreDevicesTest, ATokenRotatesAndTheOldOneRepeatsUntilTheNewOneIsUsed) {
  ASSERT_TRUE(Create("ada").ok());
  Enrol("ada", "d1");
  absl::StatusOr<RefreshOutcome> outcome = Refresh("d1", "token 0 of d1", "t1", kNow + absl::Hours(1));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->verdict, RefreshVerdict::kRotate);
  EXPECT_EQ(outcome->account, "ada");
  EXPECT_EQ(outcome->device, "d1");
  EXPECT_EQ(outcome->successor_salt, "salt of t1");
  store_ = Open();
  for (int i = 0; i < 3; ++i) {
    outcome = Refresh("d1", "token 0 of d1", absl::StrCat("never", i));
    EXPECT_EQ(outcome->verdict, RefreshVerdict::kRepeat);
    EXPECT_EQ(outcome->successor_salt, "salt of t1") << "the same successor";
  }
  EXPECT_EQ(Refresh("d1", "t1", "t2")->verdict, RefreshVerdict::kRotate);
  EXPECT_EQ(Refresh("d1", "t1", "never")->successor_salt, "salt of t2");
  EXPECT_THAT(Revoked(), IsEmpty());
}

TEST_P(StoreDevicesTest, AnyOtherReuseEndsTheDevice) {
  ASSERT_TRUE(Create("ada").ok());
  Enrol("ada", "d1");
  Enrol("ada", "d2");
  ASSERT_TRUE(Refresh("d1", "token 0 of d1", "t1").ok());
  ASSERT_TRUE(Refresh("d1", "t1", "t2").ok());
  EXPECT_EQ(Refresh("d1", "token 0 of d1", "x")->verdict, RefreshVerdict::kReused);
  EXPECT_THAT(Revoked(), ElementsAre("d1"));
  EXPECT_THAT(DevicesOf("ada"), ElementsAre("d2"));
  EXPECT_TRUE(absl::IsNotFound(Refresh("d1", "t2", "x").status()));
  EXPECT_EQ(Refresh("d2", "token 0 of d2", "x")->verdict, RefreshVerdict::kRotate);
}

TEST_P(StoreDevicesTest, AnIdleDeviceIsForgotten) {
  ASSERT_TRUE(Create("ada").ok());
  Enrol("ada", "d1");
  const absl::Time late = kNow + kRefreshIdleLimit + absl::Seconds(1);
  EXPECT_EQ(Refresh("d1", "token 0 of d1", "t1", late)->verdict, RefreshVerdict::kIdle);
  EXPECT_THAT(DevicesOf("ada"), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(Refresh("nobody's", "x", "y").status()));
}

TEST_P(StoreDevicesTest, RacingRefreshesOfOneTokenAgreeOnOneSuccessor) {
  ASSERT_TRUE(Create("ada").ok());
  Enrol("ada", "d1");
  std::vector<std::string> salts(16);
  Race(16, [&](AccountStore& store, int i) {
    const absl::StatusOr<RefreshOutcome> outcome = store.Refresh(
        {"family of d1", "token 0 of d1", absl::StrCat("t", i), absl::StrCat("salt ", i)}, kNow);
    if (outcome.ok()) salts[static_cast<size_t>(i)] = outcome->successor_salt;
  });
  EXPECT_THAT(salts, ::testing::Each(salts[0]));
  EXPECT_NE(salts[0], "");
  EXPECT_THAT(Revoked(), IsEmpty());
}

TEST_P(StoreDevicesTest, ARefreshAndALogoutInARaceLeaveNoDevice) {
  ASSERT_TRUE(Create("ada").ok());
  for (int round = 0; round < 5; ++round) {
    const std::string device = absl::StrCat("d", round);
    Enrol("ada", device);
    Race(8, [&](AccountStore& store, int i) {
      if (i == 3) {
        EXPECT_TRUE(store.EndDevice("ada", device, kNow).ok());
      } else {
        (void)store.Refresh({"family of " + device, "token 0 of " + device, "t1", "salt"}, kNow);
      }
    });
    EXPECT_THAT(DevicesOf("ada"), IsEmpty());
  }
  EXPECT_THAT(Revoked(), SizeIs(5));
}

TEST_P(StoreDevicesTest, EveryEndMakesTheVersionGrow) {
  ASSERT_TRUE(Create("ada").ok());
  for (const char* device : {"d1", "d2", "d3"}) Enrol("ada", device);
  int64_t last = Version();
  EXPECT_GE(last, 1);
  const auto grew = [&] { return std::exchange(last, Version()) < last; };
  ASSERT_TRUE(store_->EndDevice("ada", "d1", kNow).ok());
  EXPECT_TRUE(grew());
  ASSERT_TRUE(Refresh("d2", "no token of it", "x").ok());
  EXPECT_TRUE(grew());
  ASSERT_TRUE(store_->ResetPassword("ada", "x", kNow).ok());
  EXPECT_TRUE(grew());
  ASSERT_TRUE(store_->ResetPassword("ada", "y", kNow).ok());
  EXPECT_FALSE(grew()) << "nothing was ended";
}

TEST_P(StoreDevicesTest, TheListHasTheLatestOfTheTimeAskedFor) {
  ASSERT_TRUE(Create("ada").ok());
  for (int i = 0; i < 5; ++i) {
    const std::string device = absl::StrCat("d", i);
    Enrol("ada", device);
    ASSERT_TRUE(store_->EndDevice("ada", device, kNow + absl::Hours(i)).ok());
  }
  EXPECT_THAT(store_->ListRevoked(kNow + absl::Minutes(90), 100)->devices,
              UnorderedElementsAre("d2", "d3", "d4"));
  EXPECT_THAT(store_->ListRevoked(kNow - absl::Hours(1), 2)->devices, UnorderedElementsAre("d3", "d4"));
  EXPECT_EQ(store_->ListRevoked(kNow, 2)->version, Version());
  EXPECT_THAT(store_->ListRevoked(kNow + absl::Hours(9), 100)->devices, IsEmpty());
}

TEST_P(StoreDevicesTest, ANewSignerMakesTheVersionGrowOnce) {
  const int64_t before = Version();
  std::atomic<int> failed{0};
  Race(8, [&](AccountStore& store, int) {
    if (!store.ChangeRevocationSigner("", "k1").ok()) ++failed;
  });
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(Version(), before + 1);
  EXPECT_EQ(store_->ListRevoked(kNow, 1)->signer, "k1");
  ASSERT_TRUE(store_->ChangeRevocationSigner("k1", "k1").ok());
  EXPECT_EQ(Version(), before + 1);
}

TEST_P(StoreDevicesTest, SweepsWhatHasEndedAndNothingElse) {
  ASSERT_TRUE(Create("ada").ok());
  Enrol("ada", "idle", kNow - absl::Hours(48));
  Enrol("ada", "used", kNow);
  Enrol("ada", "long gone", kNow);
  Enrol("ada", "just gone", kNow);
  ASSERT_TRUE(store_->EndDevice("ada", "long gone", kNow - absl::Hours(48)).ok());
  ASSERT_TRUE(store_->EndDevice("ada", "just gone", kNow).ok());
  ASSERT_TRUE(store_->AddInvitation({"old", kNow, kNow - absl::Seconds(1), 1}).ok());
  ASSERT_TRUE(store_->AddInvitation({"good", kNow, kNow + absl::Seconds(1), 1}).ok());
  ASSERT_TRUE(store_->Sweep(kNow - absl::Hours(24), kNow - absl::Hours(24), kNow).ok());
  EXPECT_THAT(DevicesOf("ada"), ElementsAre("used"));
  EXPECT_THAT(Revoked(absl::UnixEpoch()), ElementsAre("just gone"));
  EXPECT_THAT(*store_->ListInvitations(kNow - absl::Hours(1)), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreDevicesTest, parlor::testing::EachDatabase(),
                         parlor::testing::KindName);

}  // namespace
}  // namespace parlor::auth
