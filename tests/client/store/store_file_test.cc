// The file: its key, its version, its owner, and what can be read from it without the key.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "base/file.h"
#include "base/sqlite/database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/store/store_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StoreFileTest : public ::testing::Test {
 protected:
  void Sql(const std::string& sql) {
    auto db = sqlite::Database::Open(path_);
    ASSERT_TRUE(db.ok()) << db.status();
    const absl::Status done = db->Execute(sql);
    ASSERT_TRUE(done.ok()) << done;
  }

  const TempDir directory_;
  const std::filesystem::path path_ = directory_ / "history.db";
};

TEST_F(StoreFileTest, IsThereAfterItWasClosed) {
  {
    const auto store = OpenStore(path_);
    Add(*store, TheirMessage(1, "kept"));
    ASSERT_TRUE(store->PutSetting("name", "value").ok());
  }
  const auto store = OpenStore(path_);
  EXPECT_THAT(Texts(store->History("@alice", 10)), ElementsAre("kept"));
  EXPECT_EQ(*store->Setting("name"), "value");
  EXPECT_EQ(store->Extents("@alice")->size(), 1u);
}

TEST_F(StoreFileTest, IsForItsOwnerOnly) {
  const auto store = OpenStore(path_);
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(StoreFileTest, ShowsNoTexts) {
  {
    const auto store = OpenStore(path_);
    Message message = TheirMessage(1, "a secret text");
    message.body = "a secret body";
    message.signature = "a telling signature";
    Add(*store, message);
    ASSERT_TRUE(store->PutSetting("name", "a secret setting").ok());
  }
  const auto bytes = ReadFile(path_);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_FALSE(absl::StrContains(*bytes, "secret"));
  EXPECT_FALSE(absl::StrContains(*bytes, "telling"));
}

TEST_F(StoreFileTest, OpensWithItsOwnKeyOnly) {
  { Add(*OpenStore(path_), TheirMessage(1, "kept")); }
  const auto refused = Store::Open(path_, TestSealer('x'));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("another key"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr(path_.string()));
  EXPECT_THAT(Texts(OpenStore(path_)->History("@alice", 10)), ElementsAre("kept"));
}

TEST_F(StoreFileTest, OfANewerVersionIsRefusedUntouched) {
  { Add(*OpenStore(path_), TheirMessage(1)); }
  Sql("DELETE FROM key_check; PRAGMA user_version = 99");
  const auto refused = Store::Open(path_, TestSealer());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("99"));
  auto db = sqlite::Database::Open(path_);
  auto count = db->Prepare("SELECT count(*) FROM key_check");
  ASSERT_TRUE(count->Step().ok());
  EXPECT_EQ(count->Int(0), 0);
}

TEST_F(StoreFileTest, OfGarbageIsDamaged) {
  std::ofstream(path_) << std::string(10'000, 'g');
  const auto refused = Store::Open(path_, TestSealer());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kDataLoss) << refused.status();
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr(path_.string()));
}

TEST_F(StoreFileTest, InNoDirectorySaysSo) {
  const auto refused = Store::Open(directory_ / "missing" / "history.db", TestSealer());
  EXPECT_FALSE(refused.ok());
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("missing"));
}

TEST_F(StoreFileTest, ContentsThatWereSwappedDoNotOpen) {
  {
    const auto store = OpenStore(path_);
    Add(*store, TheirMessage(1, "pay 1"));
    Add(*store, TheirMessage(2, "pay 2"));
  }
  Sql("UPDATE messages SET content = (SELECT content FROM messages WHERE number = 2)");
  const auto history = OpenStore(path_)->History("@alice", 10);
  EXPECT_EQ(history.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(history.status().message()), HasSubstr("dev.7.1"));
}

TEST_F(StoreFileTest, TakesTwoProcesses) {
  constexpr uint64_t kEach = 100;
  sqlite::Options options;
  options.full_sync = false;
  const auto write = [&](Store& store, const std::string& device) {
    for (uint64_t number = 1; number <= kEach; ++number) {
      Message message = TheirMessage(number);
      message.id.device = device;
      if (!store.AddMessage(message).value_or(false)) return false;
    }
    return true;
  };
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(write(*OpenStore(path_, options), "child") ? 0 : 1);
  const auto store = OpenStore(path_, options);
  EXPECT_TRUE(write(*store, "parent"));
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(store->History("@alice", 1000)->size(), 2 * kEach);
  for (const Extent& extent : ValueOf(store->Extents("@alice"))) {
    EXPECT_EQ(extent.first, 1u) << extent.device;
    EXPECT_EQ(extent.last, kEach) << extent.device;
  }
}

}  // namespace
}  // namespace parlor::client
