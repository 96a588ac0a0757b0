#include "client/store/group_commit.h"

#include <string>
#include <vector>

#include "base/sqlite/database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/store/failing_vfs.h"
#include "tests/client/store/store_fixture.h"

namespace parlor::client {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

PendingJob Job(StoreWorker::Job job) {
  return {std::move(job), nullptr, absl::UnknownError("not set")};
}

PendingJob JobThatAdds(uint64_t number) {
  return Job([number](Store& store) { return store.AddMessage(TheirMessage(number)).status(); });
}

std::vector<absl::StatusCode> Codes(const std::vector<PendingJob>& jobs) {
  std::vector<absl::StatusCode> codes;
  for (const PendingJob& job : jobs) codes.push_back(job.status.code());
  return codes;
}

constexpr auto kOk = absl::StatusCode::kOk;

class GroupCommitTest : public ::testing::Test {
 protected:
  const std::unique_ptr<Store> store_ = OpenStore(":memory:");
};

TEST_F(GroupCommitTest, RunsJobsInOrder) {
  std::vector<int> order;
  std::vector<PendingJob> jobs;
  for (int i = 0; i < 5; ++i) {
    jobs.push_back(Job([&order, i](Store&) {
      order.push_back(i);
      return absl::OkStatus();
    }));
  }
  CommitGroup(*store_, jobs);
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Codes(jobs), Each(kOk));
}

TEST_F(GroupCommitTest, OneFailureLeavesNothingOfItAndAllOfTheOthers) {
  std::vector<PendingJob> jobs;
  jobs.push_back(JobThatAdds(1));
  jobs.push_back(Job([](Store& store) {
    Add(store, TheirMessage(2));
    return absl::NotFoundError("the other half");
  }));
  jobs.push_back(JobThatAdds(3));
  CommitGroup(*store_, jobs);
  EXPECT_THAT(Codes(jobs), ElementsAre(kOk, absl::StatusCode::kNotFound, kOk));
  EXPECT_THAT(Numbers(store_->History("@alice", 10)), ElementsAre(1, 3));
}

TEST_F(GroupCommitTest, AFailureOfAnUnknownKindLeavesNothingOfItEither) {
  std::vector<PendingJob> jobs;
  jobs.push_back(JobThatAdds(1));
  jobs.push_back(Job([](Store& store) {
    Add(store, TheirMessage(2));
    return absl::InternalError("who knows");
  }));
  jobs.push_back(JobThatAdds(3));
  CommitGroup(*store_, jobs);
  EXPECT_THAT(Codes(jobs), ElementsAre(kOk, absl::StatusCode::kInternal, kOk));
  EXPECT_THAT(Numbers(store_->History("@alice", 10)), ElementsAre(1, 3));
}

TEST_F(GroupCommitTest, AFailureWithNothingToUndoRepeatsNobody) {
  int runs = 0;
  std::vector<PendingJob> jobs;
  jobs.push_back(Job([&](Store& store) {
    ++runs;
    return store.AddMessage(TheirMessage(1)).status();
  }));
  jobs.push_back(Job([&](Store& store) {
    ++runs;
    return store.MarkReadHere("@nobody", TheirMessage(9).id);
  }));
  CommitGroup(*store_, jobs);
  EXPECT_THAT(Codes(jobs), ElementsAre(kOk, absl::StatusCode::kNotFound));
  EXPECT_EQ(runs, 2);
}

TEST_F(GroupCommitTest, ALaterJobSeesWhatAnEarlierOneDid) {
  std::vector<PendingJob> jobs;
  jobs.push_back(Job([](Store& store) { return store.AddMessage(OwnMessage(1)).status(); }));
  jobs.push_back(Job([](Store& store) { return store.Withdraw("@alice", OwnMessage(1).id); }));
  jobs.push_back(Job([](Store& store) { return store.Withdraw("@alice", OwnMessage(1).id); }));
  CommitGroup(*store_, jobs);
  EXPECT_THAT(Codes(jobs), ElementsAre(kOk, kOk, absl::StatusCode::kNotFound));
}

TEST(GroupCommitFile, IsOneTransactionAndOneSync) {
  const TempDir directory;
  testing::FailingVfs vfs;
  sqlite::Options options;
  options.vfs = vfs.name();
  const auto store = OpenStore(directory / "history.db", options);
  Add(*store, TheirMessage(1));
  const int before_one = vfs.operations();
  Add(*store, TheirMessage(2));
  const int one = vfs.operations() - before_one;

  std::vector<PendingJob> jobs;
  for (uint64_t number = 3; number <= 102; ++number) jobs.push_back(JobThatAdds(number));
  const int before_group = vfs.operations();
  CommitGroup(*store, jobs);
  const int group = vfs.operations() - before_group;
  EXPECT_THAT(Codes(jobs), Each(kOk));
  EXPECT_LT(group, 10 * one) << "100 messages cost as many disk operations as " << group / one
                             << " single ones";
}

TEST(GroupCommitFile, WaitsOnceForAnotherProcess) {
  const TempDir directory;
  sqlite::Options options;
  options.busy_timeout_ms = 20;
  const auto store = OpenStore(directory / "history.db", options);
  auto other = sqlite::Database::Open(directory / "history.db");
  ASSERT_TRUE(other.ok()) << other.status();
  int runs = 0;
  std::vector<PendingJob> jobs;
  for (int i = 0; i < 100; ++i) {
    jobs.push_back(Job([&](Store&) {
      ++runs;
      return absl::OkStatus();
    }));
  }
  ASSERT_TRUE(other
                  ->Transaction([&] {
                    CommitGroup(*store, jobs);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(Codes(jobs), Each(absl::StatusCode::kUnavailable));
  EXPECT_EQ(runs, 0);
  CommitGroup(*store, jobs);
  EXPECT_THAT(Codes(jobs), Each(kOk));
}

}  // namespace
}  // namespace parlor::client
