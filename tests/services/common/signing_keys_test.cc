#include "services/common/signing_keys.h"

#include <sys/stat.h>

#include <fstream>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/services/common/temp_dir.h"

namespace parlor::service {
namespace {

namespace fs = std::filesystem;
using ::parlor::testing::TempDir;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

std::vector<fs::path> KeyFiles(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".pem") files.push_back(entry.path());
  }
  return files;
}

std::unique_ptr<SigningKeys> MustOpen(const fs::path& directory, absl::Time now = kStart) {
  auto keys = SigningKeys::Open(directory, {}, now);
  EXPECT_TRUE(keys.ok()) << keys.status();
  return *std::move(keys);
}

bool Verifies(const VerificationKeys& keys, const std::string& token, absl::Time now) {
  return VerifyJwt(token, kAccessTokenType, keys, "server", now).ok();
}

TEST(SigningKeys, TheFirstStartMakesOnePrivateKeyThatLaterStartsFind) {
  TempDir dir;
  const auto first = MustOpen(dir / "keys");
  const std::vector<fs::path> files = KeyFiles(dir / "keys");
  ASSERT_EQ(files.size(), 1U);
  struct stat info {};
  ASSERT_EQ(::stat(files[0].c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(files[0].stem().string().substr(0, 17), "20270115T080000Z-");

  const auto second = MustOpen(dir / "keys", kStart + absl::Hours(1));
  const std::string token = first->Sign(kAccessTokenType, {{"iss", "server"}}, kStart);
  EXPECT_TRUE(Verifies(second->Verifying(kStart), token, kStart));
  EXPECT_EQ(KeyFiles(dir / "keys").size(), 1U);
}

TEST(SigningKeys, ReplicasThatStartAtOnceShareOneKey) {
  TempDir dir;
  ASSERT_TRUE(fs::create_directory(dir / "keys"));
  std::vector<std::thread> replicas;
  for (int i = 0; i < 8; ++i) replicas.emplace_back([&] { MustOpen(dir / "keys"); });
  for (std::thread& replica : replicas) replica.join();
  EXPECT_EQ(KeyFiles(dir / "keys").size(), 1U);
}

TEST(SigningKeys, ARotationReachesReplicasBeforeTheNewKeySigns) {
  TempDir dir;
  const auto one = MustOpen(dir / "keys");
  const auto two = MustOpen(dir / "keys");
  const std::string old_token = one->Sign(kAccessTokenType, {{"iss", "server"}}, kStart);
  const absl::Time rotated = kStart + absl::Hours(1);
  ASSERT_TRUE(one->Rotate(rotated).ok());
  ASSERT_TRUE(two->Reload(rotated + absl::Seconds(30)).ok());

  const absl::Time later = rotated + absl::Minutes(5);
  const std::string token = one->Sign(kAccessTokenType, {{"iss", "server"}}, later);
  EXPECT_NE(token.substr(0, token.find('.')), old_token.substr(0, old_token.find('.'))) << "another kid";
  EXPECT_TRUE(Verifies(two->Verifying(later), token, later));
  EXPECT_TRUE(Verifies(two->Verifying(later), old_token, later));
}

TEST(SigningKeys, ReloadRotatesWhenDueAndDeletesTheRetired) {
  TempDir dir;
  const auto keys = MustOpen(dir / "keys");
  const fs::path first = KeyFiles(dir / "keys").front();
  const absl::Time due = kStart + absl::Hours(24 * 30);
  ASSERT_TRUE(keys->Reload(due - absl::Seconds(1)).ok());
  EXPECT_EQ(KeyFiles(dir / "keys").size(), 1U);
  ASSERT_TRUE(keys->Reload(due).ok());
  EXPECT_EQ(KeyFiles(dir / "keys").size(), 2U);
  ASSERT_TRUE(keys->Reload(due + absl::Minutes(17)).ok());
  EXPECT_EQ(KeyFiles(dir / "keys").size(), 1U);
  EXPECT_FALSE(fs::exists(first));
}

TEST(SigningKeys, ABrokenFileIsNamedAndTheKeysStay) {
  TempDir dir;
  const auto keys = MustOpen(dir / "keys");
  std::ofstream(dir / "keys" / "20270101T000000Z-broken.pem") << "no key";
  const absl::Status status = keys->Reload(kStart);
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(status.message().find("20270101T000000Z-broken.pem"), absl::string_view::npos) << status;
  EXPECT_EQ(keys->Verifying(kStart).size(), 1U);
}

TEST(SigningKeys, AFileWithoutATimeInItsNameIsRefused) {
  TempDir dir;
  MustOpen(dir / "keys");
  fs::rename(KeyFiles(dir / "keys").front(), dir / "keys" / "mine.pem");
  EXPECT_TRUE(absl::IsFailedPrecondition(SigningKeys::Open(dir / "keys", {}, kStart).status()));
}

}  // namespace
}  // namespace parlor::service
