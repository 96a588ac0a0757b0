// What was called committed is there after the process was killed, or the power failed, at any moment.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/sqlite/database.h"
#include "client/store/group_commit.h"
#include "gtest/gtest.h"
#include "tests/client/store/failing_vfs.h"
#include "tests/client/store/store_fixture.h"
#include "tests/rounds.h"

namespace parlor::client {
namespace {

std::set<uint64_t> NumbersIn(const std::filesystem::path& path, const sqlite::Options& options = {}) {
  const std::vector<uint64_t> numbers =
      Numbers(OpenStore(path, options)->Range("@alice", "dev", 7, 1, 1'000'000, 1'000'000));
  return {numbers.begin(), numbers.end()};
}

void ExpectIntact(const std::filesystem::path& path, const sqlite::Options& options = {}) {
  auto db = sqlite::Database::Open(path, options);
  ASSERT_TRUE(db.ok()) << db.status();
  auto check = db->Prepare("PRAGMA integrity_check");
  ASSERT_TRUE(check.ok() && check->Step().ok());
  EXPECT_EQ(check->Text(0), "ok");
}

// Commits groups of `group` messages, numbered on from `number`, and writes the last number of each to `pipe`
// once it is committed; until it is killed.
[[noreturn]] void WriteUntilKilled(const std::filesystem::path& path, uint64_t number, int group, int pipe) {
  const auto store = OpenStore(path);
  while (true) {
    std::vector<PendingJob> jobs;
    for (int i = 0; i < group; ++i, ++number) {
      jobs.push_back(
          {[number](Store& s) { return s.AddMessage(TheirMessage(number)).status(); }, nullptr, {}});
    }
    CommitGroup(*store, jobs);
    const uint64_t last = number - 1;
    for (const PendingJob& job : jobs) {
      if (!job.status.ok()) ::_exit(1);
    }
    if (::write(pipe, &last, sizeof(last)) != sizeof(last)) ::_exit(1);
  }
}

TEST(StoreCrash, WhatWasReportedSurvivesKill9) {
  const TempDir directory;
  const std::filesystem::path path = directory / "history.db";
  uint64_t last = 0;
  for (int round = 0; round < Rounds(3); ++round) {
    const int reports = std::array{1, 5, 17}[static_cast<size_t>(round) % 3];
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) WriteUntilKilled(path, last + 1, 50, pipe[1]);
    ::close(pipe[1]);
    for (int i = 0; i < reports; ++i) ASSERT_EQ(::read(pipe[0], &last, sizeof(last)), ssize_t{sizeof(last)});
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    uint64_t more = 0;
    while (::read(pipe[0], &more, sizeof(more)) == ssize_t{sizeof(more)}) last = more;
    ::close(pipe[0]);

    const std::set<uint64_t> stored = NumbersIn(path);
    for (uint64_t number = 1; number <= last; ++number) ASSERT_TRUE(stored.contains(number)) << number;
    EXPECT_EQ(stored.size() % 50, 0u) << "a part of a group";
    ExpectIntact(path);
    last = *stored.rbegin();
  }
}

// How many disk operations a run of `Write` below takes before the store is closed, and with closing it.
struct Reported {
  std::set<uint64_t> numbers;
  int operations = 0;
};

Reported Write(const std::filesystem::path& path, testing::FailingVfs& vfs, int power_after) {
  sqlite::Options options;
  options.vfs = vfs.name();
  auto store = OpenStore(path, options);
  const int before = vfs.operations();
  vfs.CutPowerAfter(power_after);
  Reported reported;
  for (uint64_t number = 1; number <= 10; ++number) {
    const auto added = store->AddMessage(TheirMessage(number, std::string(2000, 'x')));
    if (added.ok()) reported.numbers.insert(number);
  }
  store.reset();
  reported.operations = vfs.operations() - before;
  return reported;
}

TEST(StoreCrash, WhatWasReportedSurvivesAPowerCutAtAnyOperation) {
  const TempDir directory;
  testing::FailingVfs vfs;
  sqlite::Options options;
  options.vfs = vfs.name();
  const int operations = Write(directory / "whole.db", vfs, 1'000'000).operations;
  vfs.Restore();
  ASSERT_GT(operations, 40);
  for (int cut = 0; cut < operations; ++cut) {
    const std::filesystem::path path = directory / absl::StrCat("cut-", cut, ".db");
    const Reported reported = Write(path, vfs, cut);
    EXPECT_TRUE(vfs.failed()) << cut;
    vfs.Restore();
    const std::set<uint64_t> stored = NumbersIn(path, options);
    for (const uint64_t number : reported.numbers)
      EXPECT_TRUE(stored.contains(number)) << cut << " " << number;
    EXPECT_LE(stored.size(), reported.numbers.size() + 1) << cut;
    ExpectIntact(path, options);
  }
}

}  // namespace
}  // namespace parlor::client
