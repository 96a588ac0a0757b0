#include "services/common/signing_keys.h"

#include <sys/stat.h>

#include <fstream>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/services/common/temp_dir.h"
#include "tests/test_time.h"

namespace parlor::service {
namespace {

namespace fs = std::filesystem;
using ::parlor::testing::TempDir;

std::vector<fs::path> KeyFiles(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".pem") files.push_back(entry.path());
  }
  return files;
}

std::unique_ptr<SigningKeys> MustOpen(const fs::path& directory, absl::Time now = kTestStart) {
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

  const auto second = MustOpen(dir / "keys", kTestStart + absl::Hours(1));
  const std::string token = first->Sign(kAccessTokenType, {{"iss", "server"}}, kTestStart);
  EXPECT_TRUE(Verifies(second->Verifying(kTestStart), token, kTestStart));
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
  const std::string old_token = one->Sign(kAccessTokenType, {{"iss", "server"}}, kTestStart);
  const absl::Time rotated = kTestStart + absl::Hours(1);
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
  const absl::Time due = kTestStart + absl::Hours(24 * 30);
  ASSERT_TRUE(keys->Reload(due - absl::Seconds(1)).ok());
  EXPECT_EQ(KeyFiles(dir / "keys").size(), 1U);
  ASSERT_TRUE(keys->Reload(due).ok());
  EXPECT_EQ(KeyFiles(dir / "keys").size(), 2U);
  ASSERT_TRUE(keys->Reload(due + absl::Minutes(17)).ok());
  EXPECT_EQ(KeyFiles(dir / "keys").size(), 1U);
  EXPECT_FALSE(fs::exists(first));
}

// As a Secret is mounted: files are links through `..data`, which points at another directory after a change.
class MountedSecret {
 public:
  explicit MountedSecret(const fs::path& path) : path_(path) { fs::create_directory(path); }
  ~MountedSecret() { fs::permissions(path_, fs::perms::owner_all); }

  void Publish(const fs::path& keys) {
    fs::permissions(path_, fs::perms::owner_all);
    const std::string version = absl::StrCat("..version_", ++versions_);
    fs::create_directory(path_ / version);
    for (const fs::path& file : KeyFiles(keys)) fs::copy_file(file, path_ / version / file.filename());
    fs::create_directory_symlink(version, path_ / "..data_tmp");
    fs::rename(path_ / "..data_tmp", path_ / "..data");
    for (const fs::path& file : KeyFiles(keys)) {
      const fs::path link = path_ / file.filename();
      if (!fs::is_symlink(link)) fs::create_symlink(fs::path("..data") / file.filename(), link);
    }
    fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_exec);
  }

 private:
  const fs::path path_;
  int versions_ = 0;
};

TEST(SigningKeys, ReadOnlyOnesFollowWhoeverKeepsThem) {
  TempDir dir;
  const auto keeper = MustOpen(dir / "kept");
  MountedSecret secret(dir / "mounted");
  secret.Publish(dir / "kept");
  const KeyRingOptions read_only{.read_only = true};
  const auto reader = SigningKeys::Open(dir / "mounted", read_only, kTestStart);
  ASSERT_TRUE(reader.ok()) << reader.status();
  const std::string token = (*reader)->Sign(kAccessTokenType, {{"iss", "server"}}, kTestStart);
  EXPECT_TRUE(Verifies(keeper->Verifying(kTestStart), token, kTestStart));

  // Long due, and nothing happens here until it has happened there.
  const absl::Time due = kTestStart + absl::Hours(24 * 31);
  ASSERT_TRUE((*reader)->Reload(due).ok());
  EXPECT_EQ((*reader)->Verifying(due).size(), 1U);
  ASSERT_TRUE(keeper->Reload(due).ok());
  secret.Publish(dir / "kept");
  ASSERT_TRUE((*reader)->Reload(due).ok());
  EXPECT_EQ((*reader)->Verifying(due).size(), 2U);

  // A link whose key is gone, as there is for a moment, is no error; and the retired file is not missed.
  ASSERT_TRUE(keeper->Reload(due + absl::Minutes(17)).ok());
  secret.Publish(dir / "kept");
  ASSERT_TRUE((*reader)->Reload(due + absl::Minutes(17)).ok());
  EXPECT_EQ((*reader)->Verifying(due + absl::Minutes(17)).size(), 1U);
  EXPECT_FALSE(fs::exists(dir / "mounted" / ".lock"));
}

TEST(SigningKeys, ReadOnlyOnesAreNeitherMadeNorRotated) {
  TempDir dir;
  const KeyRingOptions read_only{.read_only = true};
  EXPECT_FALSE(SigningKeys::Open(dir / "none", read_only, kTestStart).ok());
  EXPECT_FALSE(fs::exists(dir / "none"));
  fs::create_directory(dir / "empty");
  const absl::Status none = SigningKeys::Open(dir / "empty", read_only, kTestStart).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(none)) << none;
  EXPECT_NE(none.message().find("no signing key in"), absl::string_view::npos) << none;

  MustOpen(dir / "keys");
  const auto keys = SigningKeys::Open(dir / "keys", read_only, kTestStart);
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_TRUE(absl::IsFailedPrecondition((*keys)->Rotate(kTestStart)));
  EXPECT_EQ(KeyFiles(dir / "keys").size(), 1U);

  // What went missing later leaves the keys as they were.
  fs::remove(KeyFiles(dir / "keys").front());
  EXPECT_TRUE(absl::IsFailedPrecondition((*keys)->Reload(kTestStart)));
  EXPECT_EQ((*keys)->Verifying(kTestStart).size(), 1U);
}

TEST(SigningKeys, ABrokenFileIsNamedAndTheKeysStay) {
  TempDir dir;
  const auto keys = MustOpen(dir / "keys");
  std::ofstream(dir / "keys" / "20270101T000000Z-broken.pem") << "no key";
  const absl::Status status = keys->Reload(kTestStart);
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(status.message().find("20270101T000000Z-broken.pem"), absl::string_view::npos) << status;
  EXPECT_EQ(keys->Verifying(kTestStart).size(), 1U);
}

TEST(SigningKeys, AFileWithoutATimeInItsNameIsRefused) {
  TempDir dir;
  MustOpen(dir / "keys");
  fs::rename(KeyFiles(dir / "keys").front(), dir / "keys" / "mine.pem");
  EXPECT_TRUE(absl::IsFailedPrecondition(SigningKeys::Open(dir / "keys", {}, kTestStart).status()));
}

}  // namespace
}  // namespace parlor::service
