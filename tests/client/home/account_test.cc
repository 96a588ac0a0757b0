#include "client/home/account.h"

#include <string>

#include "base/file.h"
#include "client/home/account_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/home/temp_home.h"

namespace parlor::client {
namespace {

using ::testing::HasSubstr;

Account Example() {
  Account account;
  account.server = "parlor://127.0.0.1:7447/#pin";
  account.root_pem = "-----BEGIN CERTIFICATE-----\n";
  account.user = "älice";
  account.device = "device";
  account.device_key_pem = "-----BEGIN PRIVATE KEY-----\n";
  account.chain_der = {std::string("\0\xff leaf", 7), "ca"};
  account.certificate_expires = absl::FromUnixMillis(1'800'000'000'123);
  account.access_token = "access";
  account.access_expires = absl::FromUnixMillis(1'800'000'000'456);
  account.refresh_token = "refresh";
  account.clock_offset = -absl::Hours(1);
  account.trust = {{{"k1", std::string("\x01\0", 2)}}, {{"k2", "r"}}, "jwt", absl::FromUnixMillis(5)};
  account.port = 65'535;
  return account;
}

TEST(AccountJson, ComesBackWhole) {
  for (const Account& account : {Example(), Account()}) {
    const auto read = AccountFromJson(AccountToJson(account));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, account);
  }
}

TEST(AccountJson, WithAnythingMissingOrOfAnotherTypeIsDamaged) {
  const auto whole = nlohmann::json::parse(AccountToJson(Example()));
  for (const auto& [name, value] : whole.items()) {
    nlohmann::json damaged = whole;
    damaged.erase(name);
    EXPECT_EQ(AccountFromJson(damaged.dump()).status().code(), absl::StatusCode::kDataLoss) << name;
    damaged[name] = nullptr;
    EXPECT_EQ(AccountFromJson(damaged.dump()).status().code(), absl::StatusCode::kDataLoss) << name;
  }
  for (const auto& [name, value] : whole["trust"].items()) {
    nlohmann::json damaged = whole;
    damaged["trust"].erase(name);
    EXPECT_EQ(AccountFromJson(damaged.dump()).status().code(), absl::StatusCode::kDataLoss) << name;
  }
  const std::string text = AccountToJson(Example());
  for (const std::string& damaged :
       {std::string(), std::string("[]"), std::string("garbage"), text.substr(0, text.size() / 2)}) {
    EXPECT_EQ(AccountFromJson(damaged).status().code(), absl::StatusCode::kDataLoss) << damaged;
  }
}

TEST(AccountJson, RefusesValuesOutOfRange) {
  for (const auto& [name, value] : {std::pair<const char*, nlohmann::json>{"port", 65'536},
                                    {"port", -1},
                                    {"version", 0},
                                    {"chain", {1}},
                                    {"chain", {"no base64 !"}},
                                    {"port", "7000"}}) {
    auto json = nlohmann::json::parse(AccountToJson(Example()));
    json[name] = value;
    EXPECT_EQ(AccountFromJson(json.dump()).status().code(), absl::StatusCode::kDataLoss) << json[name];
  }
}

TEST(AccountFile, IsKeptForItsOwnerOnlyAndReplacedWhole) {
  const TempHome temp;
  ASSERT_TRUE(SaveAccount(temp.home(), Example()).ok());
  EXPECT_EQ(ModeOf(temp.home().account_file()), 0600u);
  Account changed = Example();
  changed.refresh_token = "rotated";
  ASSERT_TRUE(SaveAccount(temp.home(), changed).ok());
  EXPECT_EQ(*LoadAccount(temp.home()), changed);
  ASSERT_TRUE(RemoveAccount(temp.home()).ok());
  ASSERT_TRUE(RemoveAccount(temp.home()).ok()) << "a second time";
  EXPECT_TRUE(absl::IsNotFound(LoadAccount(temp.home()).status()));
}

TEST(AccountFile, ErrorsSayWhatToDo) {
  const TempHome temp;
  EXPECT_THAT(std::string(LoadAccount(temp.home()).status().message()), HasSubstr("parlor login"));

  ASSERT_TRUE(WriteFileAtomically(temp.home().account_file(), "garbage").ok());
  const absl::Status damaged = LoadAccount(temp.home()).status();
  EXPECT_EQ(damaged.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(damaged.message()), HasSubstr("log in again"));
  EXPECT_THAT(std::string(damaged.message()), HasSubstr(temp.home().account_file().string()));

  auto newer = nlohmann::json::parse(AccountToJson(Example()));
  newer["version"] = 99;
  ASSERT_TRUE(WriteFileAtomically(temp.home().account_file(), newer.dump()).ok());
  const absl::Status refused = LoadAccount(temp.home()).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("newer version"));

  ASSERT_TRUE(WriteFileAtomically(temp.home().account_file(), std::string(5 << 20, ' ')).ok());
  EXPECT_FALSE(LoadAccount(temp.home()).ok());
}

}  // namespace
}  // namespace parlor::client
