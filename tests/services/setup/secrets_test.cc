#include "services/setup/secrets.h"

#include <sys/stat.h>

#include <map>
#include <string>

#include "base/file.h"
#include "base/file_lock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/trust.h"
#include "tests/services/common/temp_dir.h"

namespace parlor::setup {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class SecretsTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::string> Ensure(absl::Time now = kNow) { return EnsureSecrets(root_, "parlor", now); }

  // Each file below the directory, and what it holds.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root_)) {
      if (entry.is_regular_file()) files[fs::relative(entry.path(), root_)] = *ReadFile(entry.path());
    }
    return files;
  }

  mode_t ModeOf(const std::string& path) const {
    struct stat info {};
    EXPECT_EQ(::stat((root_ / path).c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }

  testing::TempDir dir_;
  const fs::path root_ = dir_ / "secrets";
};

TEST_F(SecretsTest, EverybodyGetsWhatTheyNeedAndNoMore) {
  const auto id = Ensure();
  ASSERT_TRUE(id.ok()) << id.status();
  std::map<std::string, std::string> files = Files();
  EXPECT_EQ(files["public/server-id"], *id + "\n");
  EXPECT_EQ(files["public/root.pem"], files["authority/trust/root.pem"]);
  EXPECT_EQ(files["people-ca/people-ca.key"], files["authority/trust/people-ca.key"]);
  EXPECT_EQ(files["database/pgpass"], "*:*:*:parlor:" + files["postgres/password"] + "\n");
  EXPECT_GE(files["postgres/password"].size(), 26U);
  const auto tls = service::LoadServiceTls(root_ / "service/service.pem", root_ / "service/service.key",
                                           root_ / "service/root.pem", kNow);
  ASSERT_TRUE(tls.ok()) << tls.status();
  EXPECT_EQ(tls->server_id, *id);

  for (const char* key : {"root.key", "services-ca.key"}) {
    for (const auto& [path, contents] : files) {
      EXPECT_EQ(contents == files[std::string("authority/trust/") + key],
                path == std::string("authority/trust/") + key)
          << key << " is also in " << path;
    }
  }
}

TEST_F(SecretsTest, SecretsAreForTheirOwnerAlone) {
  ASSERT_TRUE(Ensure().ok());
  for (const char* folder : {"authority", "service", "people-ca", "database"}) {
    EXPECT_EQ(ModeOf(folder), 0700U) << folder;
  }
  for (const char* file : {"service/service.key", "people-ca/people-ca.key", "database/pgpass",
                           "authority/database-password", "authority/trust/root.key"}) {
    EXPECT_EQ(ModeOf(file), 0600U) << file;
  }
  for (const char* folder : {"postgres", "public"}) EXPECT_EQ(ModeOf(folder), 0755U) << folder;
  for (const char* file : {"postgres/password", "public/server-id"}) EXPECT_EQ(ModeOf(file), 0644U) << file;
}

TEST_F(SecretsTest, ASecondRunChangesNothing) {
  const auto first = Ensure();
  const auto before = Files();
  const auto written = fs::last_write_time(root_ / "service/service.pem");
  const auto second = Ensure(kNow + absl::Hours(24));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(before, Files());
  EXPECT_EQ(fs::last_write_time(root_ / "service/service.pem"), written) << "written anew without need";
}

TEST_F(SecretsTest, ARenewedServiceCertificateIsHandedOut) {
  ASSERT_TRUE(Ensure().ok());
  auto before = Files();
  ASSERT_TRUE(Ensure(kNow + service::kServiceCertificateLifetime * 0.7).ok());
  auto after = Files();
  for (const char* file : {"service/service.pem", "service/service.key"}) {
    EXPECT_NE(before[file], after[file]) << file;
    before.erase(file);
    after.erase(file);
  }
  for (const char* file : {"authority/trust/service.pem", "authority/trust/service.key"}) {
    before.erase(file);
    after.erase(file);
  }
  EXPECT_EQ(before, after) << "something else changed, too";
}

TEST_F(SecretsTest, ALostCopyIsHandedOutAgain) {
  ASSERT_TRUE(Ensure().ok());
  const auto before = Files();
  fs::remove_all(root_ / "service");
  fs::remove(root_ / "people-ca/people-ca.pem");
  fs::remove(root_ / "database/pgpass");
  fs::remove_all(root_ / "postgres");
  ASSERT_TRUE(Ensure().ok());
  EXPECT_EQ(before, Files());
}

TEST_F(SecretsTest, ALostAuthorityIsNeverReplaced) {
  ASSERT_TRUE(Ensure().ok());
  const fs::path trust = root_ / "authority/trust";
  fs::rename(trust, dir_ / "elsewhere");
  const auto lost = Ensure();
  EXPECT_TRUE(absl::IsFailedPrecondition(lost.status())) << lost.status();
  EXPECT_THAT(std::string(lost.status().message()), HasSubstr("bring it back from a backup"));
  EXPECT_FALSE(fs::exists(trust));

  fs::rename(dir_ / "elsewhere", trust);
  fs::remove(trust / "people-ca.key");
  const auto half = Ensure();
  EXPECT_TRUE(absl::IsFailedPrecondition(half.status())) << half.status();
  EXPECT_THAT(std::string(half.status().message()), HasSubstr("people-ca.key"));
}

TEST_F(SecretsTest, OneAtATime) {
  ASSERT_TRUE(Ensure().ok());
  const auto other = FileLock::TryTake(root_ / "authority/lock");
  ASSERT_TRUE(other.ok() && other->has_value());
  EXPECT_TRUE(absl::IsAborted(Ensure().status()));
}

TEST_F(SecretsTest, AUserWhoseNameHoldsAColonIsEscaped) {
  ASSERT_TRUE(EnsureSecrets(root_, "a:b\\c", kNow).ok());
  EXPECT_THAT(*ReadFile(root_ / "database/pgpass"), HasSubstr("*:*:*:a\\:b\\\\c:"));
}

}  // namespace
}  // namespace parlor::setup
