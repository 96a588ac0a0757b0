// A full disk: an error that says so, and nothing that was stored is lost.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/store/group_commit.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/store/failing_vfs.h"
#include "tests/client/store/store_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PendingJob AddJob(uint64_t number, size_t size) {
  return {
      [=](Store& store) { return store.AddMessage(TheirMessage(number, std::string(size, 'x'))).status(); },
      nullptr,
      {}};
}

class StoreDiskTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> Open(const std::filesystem::path& path) {
    sqlite::Options options;
    options.vfs = vfs_.name();
    return OpenStore(path, options);
  }

  const TempDir directory_;
  testing::FailingVfs vfs_;
};

TEST_F(StoreDiskTest, FullAtAnyOperationLosesNothingThatWasStored) {
  const auto write = [&](Store& store, std::vector<uint64_t>& stored) {
    for (uint64_t number = 1; number <= 8; ++number) {
      const auto added = store.AddMessage(TheirMessage(number, std::string(3000, 'x')));
      if (added.ok()) {
        stored.push_back(number);
      } else {
        EXPECT_EQ(added.status().code(), absl::StatusCode::kResourceExhausted) << added.status();
      }
    }
  };
  std::vector<uint64_t> all;
  auto dry = Open(directory_ / "dry.db");
  const int before = vfs_.operations();
  write(*dry, all);
  const int operations = vfs_.operations() - before;
  ASSERT_EQ(all.size(), 8u);

  const int writes = operations - 1;  // the last one is the sync of the last commit
  for (int full = 0; full < writes; ++full) {
    const std::filesystem::path path = directory_ / absl::StrCat("full-", full, ".db");
    auto store = Open(path);
    vfs_.FillDiskAfter(full);
    std::vector<uint64_t> stored;
    write(*store, stored);
    EXPECT_TRUE(vfs_.failed());
    EXPECT_LT(stored.size(), 8u);
    EXPECT_EQ(Numbers(store->History("@alice", 100)), stored) << "still to be read, full disk or not";
    vfs_.FreeDisk();
    Add(*store, TheirMessage(9));
    stored.push_back(9);
    store.reset();
    EXPECT_EQ(Numbers(OpenStore(path)->History("@alice", 100)), stored) << full;
  }
}

TEST_F(StoreDiskTest, FullFromTheStartSaysSo) {
  vfs_.FillDiskAfter(0);
  sqlite::Options options;
  options.vfs = vfs_.name();
  const auto store = Store::Open(directory_ / "history.db", TestSealer(), options);
  EXPECT_EQ(store.status().code(), absl::StatusCode::kResourceExhausted) << store.status();
}

TEST_F(StoreDiskTest, OfAGroupWhatFitsIsStored) {
  const std::filesystem::path path = directory_ / "history.db";
  auto store = Open(path);
  Add(*store, TheirMessage(1));
  vfs_.LimitFileSize(static_cast<long long>(std::filesystem::file_size(path.string() + "-wal")) + 50'000);
  std::vector<PendingJob> jobs = {AddJob(2, 10), AddJob(3, 60'000), AddJob(4, 10)};
  CommitGroup(*store, jobs);
  EXPECT_TRUE(jobs[0].status.ok()) << jobs[0].status;
  EXPECT_EQ(jobs[1].status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(jobs[1].status.message()), HasSubstr("the disk is full"));
  EXPECT_THAT(std::string(jobs[1].status.message()), HasSubstr("nothing was stored"));
  EXPECT_TRUE(jobs[2].status.ok()) << jobs[2].status;
  EXPECT_THAT(Numbers(store->History("@alice", 100)), ElementsAre(1, 2, 4));
}

TEST_F(StoreDiskTest, FullInTheMiddleOfALargeGroupFailsWhatDoesNotFit) {
  const std::filesystem::path path = directory_ / "history.db";
  auto store = Open(path);
  vfs_.LimitFileSize(8'000'000);
  // More than the cache holds, so that pages are written before the commit.
  std::vector<PendingJob> jobs;
  for (uint64_t number = 1; number <= 600; ++number) jobs.push_back(AddJob(number, 60'000));
  CommitGroup(*store, jobs);
  std::vector<uint64_t> stored;
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].status.ok()) {
      stored.push_back(i + 1);
    } else {
      ASSERT_EQ(jobs[i].status.code(), absl::StatusCode::kResourceExhausted) << jobs[i].status;
    }
  }
  EXPECT_FALSE(stored.empty());
  EXPECT_LT(stored.size(), 200u);
  store.reset();
  EXPECT_EQ(Numbers(OpenStore(path)->History("@alice", 1000)), stored);
}

TEST_F(StoreDiskTest, WhatCouldNotBeSyncedIsNotCalledStored) {
  const std::filesystem::path path = directory_ / "history.db";
  auto store = Open(path);
  Add(*store, TheirMessage(1));
  vfs_.FailSyncs(true);
  std::vector<PendingJob> jobs = {AddJob(2, 10), AddJob(3, 10)};
  CommitGroup(*store, jobs);
  EXPECT_FALSE(jobs[0].status.ok());
  EXPECT_FALSE(jobs[1].status.ok());
  vfs_.FailSyncs(false);
  Add(*store, TheirMessage(4));
  EXPECT_THAT(Numbers(store->History("@alice", 100)), ElementsAre(1, 4));
  store.reset();
  EXPECT_THAT(Numbers(OpenStore(path)->History("@alice", 100)), ElementsAre(1, 4));
}

// In a process of its own, which the limit and the ignored signal do not outlive.
int WriteWithALimit(const std::filesystem::path& path, uint64_t& stored) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1'000'000, 1'000'000};
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
  const auto store = OpenStore(path);
  for (uint64_t number = 1; number <= 100; ++number) {
    std::vector<PendingJob> jobs = {AddJob(number, 60'000)};
    CommitGroup(*store, jobs);
    if (jobs[0].status.ok()) {
      stored = number;
      continue;
    }
    const bool clear = absl::IsResourceExhausted(jobs[0].status) &&
                       absl::StrContains(jobs[0].status.message(), "the disk is full");
    if (!clear) std::fprintf(stderr, "%s\n", jobs[0].status.ToString().c_str());
    return clear ? 0 : 3;
  }
  return 4;
}

TEST(StoreFileLimit, IsAnErrorLikeAFullDisk) {
  const TempDir directory;
  const std::filesystem::path path = directory / "history.db";
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    uint64_t stored = 0;
    const int code = WriteWithALimit(path, stored);
    if (::write(pipe[1], &stored, sizeof(stored)) != sizeof(stored)) ::_exit(5);
    ::_exit(code);
  }
  ::close(pipe[1]);
  uint64_t stored = 0;
  ASSERT_EQ(::read(pipe[0], &stored, sizeof(stored)), ssize_t{sizeof(stored)});
  ::close(pipe[0]);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_GT(stored, 5u);
  EXPECT_EQ(OpenStore(path)->History("@alice", 1000)->size(), stored);
}

}  // namespace
}  // namespace parlor::client
