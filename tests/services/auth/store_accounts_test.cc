// AccountStore, every implementation: accounts, passwords, invitations.
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

using StoreAccountsTest = AccountStoreTest;

TEST_P(StoreAccountsTest, KeepsAnAccount) {
  ASSERT_TRUE(Create("ada").ok());
  const std::unique_ptr<AccountStore> other = Open();
  const absl::StatusOr<Account> account = other->FindAccount("ada");
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_EQ(account->name, "ada");
  EXPECT_EQ(account->password_hash, "hash of ada");
  EXPECT_EQ(account->password_version, 1);
  EXPECT_EQ(account->state, AccountState::kActive);
  EXPECT_EQ(account->created, kNow);
  EXPECT_TRUE(absl::IsNotFound(store_->FindAccount("bob").status()));
  EXPECT_TRUE(store_->Ping().ok());
}

TEST_P(StoreAccountsTest, NamesAndLookAlikesAreTaken) {
  ASSERT_TRUE(Create("paypal").ok());
  for (const char* name : {"paypal", "PayPal", "paypa1", "раураl"}) {
    const absl::StatusOr<Name> parsed = ParseUserName(name);
    if (!parsed.ok()) continue;
    EXPECT_TRUE(absl::IsAlreadyExists(Create(name))) << name;
    EXPECT_TRUE(absl::IsAlreadyExists(store_->MayCreateAccount(*parsed, "", kNow))) << name;
  }
  EXPECT_TRUE(store_->MayCreateAccount(*ParseUserName("free"), "", kNow).ok());
}

TEST_P(StoreAccountsTest, TextInAnyScriptAndQuotesArriveWhole) {
  ASSERT_TRUE(Create("зоя").ok());
  EXPECT_EQ(store_->FindAccount("зоя")->name, "зоя");
  EXPECT_TRUE(absl::IsNotFound(store_->FindAccount("' OR 1=1 --").status()));
  NewDevice device = MakeDevice("зоя", "d1");
  device.label = "Zoë's \"лаптоп\" 💻; DROP TABLE devices";
  ASSERT_TRUE(store_->EnrolDevice(device, kNow).ok());
  EXPECT_EQ(store_->FindDevice("зоя", "d1")->label, device.label);
}

TEST_P(StoreAccountsTest, SixteenRacingRegistrationsGiveOneAccount) {
  std::atomic<int> created{0}, refused{0};
  Race(16, [&](AccountStore& store, int i) {
    const absl::Status status =
        store.CreateAccount({*ParseUserName("ada"), absl::StrCat("hash ", i), ""}, kNow);
    if (status.ok()) ++created;
    if (absl::IsAlreadyExists(status)) ++refused;
  });
  EXPECT_EQ(created, 1);
  EXPECT_EQ(refused, 15);
  EXPECT_THAT(*store_->ListAccounts("", 100), SizeIs(1));
}

TEST_P(StoreAccountsTest, SixteenRacingRegistrationsOfLookAlikesGiveOneAccount) {
  const std::string first = ParseUserName("lola1")->skeleton;
  std::atomic<int> created{0}, refused{0};
  Race(16, [&](AccountStore& store, int i) {
    const absl::Status status =
        store.CreateAccount({{absl::StrCat("lola", i), first}, absl::StrCat("hash ", i), ""}, kNow);
    if (status.ok()) ++created;
    if (absl::IsAlreadyExists(status)) ++refused;
  });
  EXPECT_EQ(created, 1);
  EXPECT_EQ(refused, 15);
}

TEST_P(StoreAccountsTest, AClosedServerTakesNobody) {
  ASSERT_TRUE(store_->SetRegistrationMode(RegistrationMode::kClosed).ok());
  EXPECT_EQ(*Open()->GetRegistrationMode(), RegistrationMode::kClosed);
  EXPECT_TRUE(absl::IsPermissionDenied(Create("ada")));
  EXPECT_TRUE(absl::IsPermissionDenied(store_->MayCreateAccount(*ParseUserName("ada"), "", kNow)));
  ASSERT_TRUE(store_->SetRegistrationMode(RegistrationMode::kOpen).ok());
  EXPECT_TRUE(Create("ada").ok());
}

TEST_P(StoreAccountsTest, InvitationsAreUsedUpAndExpire) {
  ASSERT_TRUE(store_->SetRegistrationMode(RegistrationMode::kInvite).ok());
  ASSERT_TRUE(store_->AddInvitation({"two", kNow, kNow + absl::Hours(1), 2}).ok());
  ASSERT_TRUE(store_->AddInvitation({"old", kNow - absl::Hours(2), kNow - absl::Hours(1), 5}).ok());
  for (const char* wrong : {"", "three", "old", "TWO"}) {
    EXPECT_TRUE(absl::IsPermissionDenied(Create("nobody", wrong))) << wrong;
    EXPECT_TRUE(absl::IsPermissionDenied(store_->MayCreateAccount(*ParseUserName("nobody"), wrong, kNow)));
  }
  EXPECT_TRUE(store_->MayCreateAccount(*ParseUserName("ada"), "two", kNow).ok()) << "asking uses nothing up";
  EXPECT_TRUE(Create("ada", "two").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Create("ada", "two"))) << "a refusal uses nothing up";
  EXPECT_EQ(store_->ListInvitations(kNow)->at(0).uses_left, 1);
  EXPECT_TRUE(Create("bob", "two").ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Create("cleo", "two")));
  EXPECT_THAT(*store_->ListInvitations(kNow), IsEmpty());
}

TEST_P(StoreAccountsTest, SixteenRacingForOneInvitation) {
  ASSERT_TRUE(store_->SetRegistrationMode(RegistrationMode::kInvite).ok());
  ASSERT_TRUE(store_->AddInvitation({"code", kNow, kNow + absl::Hours(1), 3}).ok());
  std::atomic<int> created{0};
  const char* names[] = {"ada", "bert",  "cleo", "dora", "emil", "fritz", "gustav", "hanna",
                         "ida", "jutta", "kai",  "max",  "nora", "otto",  "paul",   "quinn"};
  Race(16, [&](AccountStore& store, int i) {
    if (store.CreateAccount({*ParseUserName(names[i]), "hash", "code"}, kNow).ok()) ++created;
  });
  EXPECT_EQ(created, 3);
}

TEST_P(StoreAccountsTest, AListOfAccountsComesInPages) {
  for (const char* name : {"cleo", "ada", "bert"}) ASSERT_TRUE(Create(name).ok());
  Enrol("bert", "d1");
  const std::vector<AccountSummary> first = *store_->ListAccounts("", 2);
  ASSERT_THAT(first, SizeIs(2));
  EXPECT_EQ(first[0].name, "ada");
  EXPECT_EQ(first[0].last_login, absl::UnixEpoch());
  EXPECT_EQ(first[1].name, "bert");
  EXPECT_EQ(first[1].devices, 1);
  EXPECT_EQ(first[1].last_login, kNow);
  EXPECT_EQ(store_->ListAccounts("bert", 2)->at(0).name, "cleo");
  EXPECT_THAT(*store_->ListAccounts("cleo", 2), IsEmpty());
}

TEST_P(StoreAccountsTest, ARehashKeepsTheVersionAndNeverUndoesAChange) {
  ASSERT_TRUE(Create("ada").ok());
  Enrol("ada", "d1");
  ASSERT_TRUE(store_->Rehash("ada", 1, "stronger").ok());
  EXPECT_EQ(store_->FindAccount("ada")->password_hash, "stronger");
  EXPECT_EQ(store_->FindAccount("ada")->password_version, 1);
  ASSERT_TRUE(store_->ChangePassword("ada", 1, "new", "d1", kNow).ok());
  ASSERT_TRUE(store_->Rehash("ada", 1, "old, stronger").ok());
  EXPECT_EQ(store_->FindAccount("ada")->password_hash, "new");
}

TEST_P(StoreAccountsTest, AChangedPasswordEndsAllOtherDevices) {
  ASSERT_TRUE(Create("ada").ok());
  ASSERT_TRUE(Create("bob").ok());
  for (const char* device : {"d1", "d2", "d3"}) Enrol("ada", device);
  Enrol("bob", "e1");
  const int64_t before = Version();
  ASSERT_TRUE(store_->ChangePassword("ada", 1, "new", "d2", kNow).ok());
  EXPECT_THAT(DevicesOf("ada"), ElementsAre("d2"));
  EXPECT_THAT(DevicesOf("bob"), ElementsAre("e1"));
  EXPECT_THAT(Revoked(), UnorderedElementsAre("d1", "d3"));
  EXPECT_GT(Version(), before);
  EXPECT_EQ(store_->FindAccount("ada")->password_version, 2);
}

TEST_P(StoreAccountsTest, APasswordChangesOnlyForWhoKnewItAndIsLoggedIn) {
  ASSERT_TRUE(Create("ada").ok());
  Enrol("ada", "d1");
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->ChangePassword("ada", 7, "new", "d1", kNow)));
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->ChangePassword("ada", 1, "new", "d9", kNow)));
  EXPECT_EQ(store_->FindAccount("ada")->password_hash, "hash of ada") << "all or nothing";
  EXPECT_THAT(DevicesOf("ada"), ElementsAre("d1"));
}

TEST_P(StoreAccountsTest, ALoginWithAPasswordThatJustChangedDoesNotEnrol) {
  ASSERT_TRUE(Create("ada").ok());
  ASSERT_TRUE(store_->ResetPassword("ada", "new", kNow).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->EnrolDevice(MakeDevice("ada", "d1", 1), kNow).status()));
  EXPECT_TRUE(store_->EnrolDevice(MakeDevice("ada", "d1", 2), kNow).ok());
}

TEST_P(StoreAccountsTest, SuspensionEndsDevicesAndIsUndone) {
  ASSERT_TRUE(Create("ada").ok());
  Enrol("ada", "d1");
  ASSERT_TRUE(store_->SuspendAccount("ada", kNow).ok());
  ASSERT_TRUE(store_->SuspendAccount("ada", kNow).ok());
  EXPECT_EQ(store_->FindAccount("ada")->state, AccountState::kSuspended);
  EXPECT_THAT(DevicesOf("ada"), IsEmpty());
  EXPECT_THAT(Revoked(), ElementsAre("d1"));
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->EnrolDevice(MakeDevice("ada", "d2"), kNow).status()));
  ASSERT_TRUE(store_->UnsuspendAccount("ada").ok());
  Enrol("ada", "d2");
  EXPECT_TRUE(absl::IsNotFound(store_->SuspendAccount("bob", kNow)));
  EXPECT_TRUE(absl::IsNotFound(store_->UnsuspendAccount("bob")));
  EXPECT_TRUE(absl::IsNotFound(store_->ResetPassword("bob", "x", kNow)));
}

TEST_P(StoreAccountsTest, DeletedNamesStayTaken) {
  ASSERT_TRUE(Create("paypal").ok());
  Enrol("paypal", "d1");
  ASSERT_TRUE(store_->DeleteAccount("paypal", kNow).ok());
  EXPECT_TRUE(absl::IsNotFound(store_->FindAccount("paypal").status()));
  EXPECT_TRUE(absl::IsNotFound(store_->DeleteAccount("paypal", kNow)));
  EXPECT_TRUE(absl::IsNotFound(store_->UnsuspendAccount("paypal")));
  EXPECT_TRUE(absl::IsNotFound(store_->ResetPassword("paypal", "x", kNow)));
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->EnrolDevice(MakeDevice("paypal", "d2"), kNow).status()));
  EXPECT_THAT(Revoked(), ElementsAre("d1"));
  EXPECT_EQ(store_->ListAccounts("", 10)->at(0).state, AccountState::kDeleted);
  store_ = Open();
  EXPECT_TRUE(absl::IsAlreadyExists(Create("paypal")));
  EXPECT_TRUE(absl::IsAlreadyExists(
      store_->CreateAccount({{"other", ParseUserName("paypal")->skeleton}, "h", ""}, kNow)));
}

TEST_P(StoreAccountsTest, ReplicasMayStartAtOnce) {
  std::atomic<int> works{0};
  std::vector<std::thread> starting;
  for (int i = 0; i < 6; ++i) {
    starting.emplace_back([&] {
      if (Open()->Ping().ok()) ++works;
    });
  }
  for (std::thread& thread : starting) thread.join();
  EXPECT_EQ(works, 6);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreAccountsTest, parlor::testing::EachDatabase(),
                         parlor::testing::KindName);

}  // namespace
}  // namespace parlor::auth
