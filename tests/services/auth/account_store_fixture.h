// What the conformance suites of AccountStore share: every implementation, on a database of its own.
#ifndef PARLOR_TESTS_SERVICES_AUTH_ACCOUNT_STORE_FIXTURE_H_
#define PARLOR_TESTS_SERVICES_AUTH_ACCOUNT_STORE_FIXTURE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/auth/store/account_store.h"
#include "services/auth/store/open_store.h"
#include "tests/services/common/each_database.h"

namespace parlor::auth {

inline const absl::Time kNow = absl::FromUnixMillis(1'800'000'000'123);

class AccountStoreTest : public parlor::testing::EachDatabaseTest {
 protected:
  void SetUpOnDatabase() override { store_ = Open(); }

  // On the same database each time: another replica, or the process after a restart.
  std::unique_ptr<AccountStore> Open() {
    auto store = OpenAccountStore(Database());
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  absl::Status Create(const std::string& name, const std::string& invitation = "") {
    return store_->CreateAccount({*ParseUserName(name), "hash of " + name, invitation}, kNow);
  }

  static NewDevice MakeDevice(const std::string& account, const std::string& device, int64_t version = 1) {
    return {account, version, device, "label of " + device, "family of " + device, "token 0 of " + device};
  }
  void Enrol(const std::string& account, const std::string& device, absl::Time now = kNow) {
    const auto ended = store_->EnrolDevice(MakeDevice(account, device), now);
    ASSERT_TRUE(ended.ok()) << ended.status();
  }
  absl::StatusOr<RefreshOutcome> Refresh(const std::string& device, const std::string& token,
                                         const std::string& successor, absl::Time now = kNow) {
    return store_->Refresh({"family of " + device, token, successor, "salt of " + successor}, now);
  }

  std::vector<std::string> DevicesOf(const std::string& account) {
    std::vector<std::string> ids;
    const absl::StatusOr<std::vector<Device>> devices = store_->ListDevices(account);
    EXPECT_TRUE(devices.ok()) << devices.status();
    for (const Device& device : *devices) ids.push_back(device.id);
    return ids;
  }
  std::vector<std::string> Revoked(absl::Time since = kNow - absl::Hours(1)) {
    return store_->ListRevoked(since, 1000)->devices;
  }
  int64_t Version() { return *store_->RevocationVersion(); }

  // Runs `body(i)` on `count` threads at once, each with a store of its own.
  void Race(int count, const std::function<void(AccountStore&, int)>& body) {
    std::vector<std::unique_ptr<AccountStore>> stores;
    for (int i = 0; i < count; ++i) stores.push_back(i % 4 == 0 ? Open() : nullptr);
    std::atomic<bool> start{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&, i] {
        while (!start) std::this_thread::yield();
        body(*stores[static_cast<size_t>(i / 4 * 4)], i);
      });
    }
    start = true;
    for (std::thread& thread : threads) thread.join();
  }

  std::unique_ptr<AccountStore> store_;
};

}  // namespace parlor::auth

#endif  // PARLOR_TESTS_SERVICES_AUTH_ACCOUNT_STORE_FIXTURE_H_
