#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "client/loop/asio_loop.h"
#include "client/loop/virtual_loop.h"
#include "client/store/store_worker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/store/store_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StoreThreadTest : public ::testing::Test {
 protected:
  const TempDir directory_;
  const std::filesystem::path path_ = directory_ / "history.db";
  AsioLoop loop_;
  std::unique_ptr<StoreWorker> worker_ = MakeStoreThread(OpenStore(path_), loop_);
};

TEST_F(StoreThreadTest, CallsDoneOnTheLoopInOrderAfterTheCommit) {
  constexpr uint64_t kJobs = 500;
  std::vector<uint64_t> done;
  const auto loop_thread = std::this_thread::get_id();
  for (uint64_t number = 1; number <= kJobs; ++number) {
    worker_->Run([number](Store& store) { return store.AddMessage(TheirMessage(number)).status(); },
                 [&, number](const absl::Status& status) {
                   EXPECT_TRUE(status.ok()) << status;
                   EXPECT_EQ(std::this_thread::get_id(), loop_thread);
                   done.push_back(number);
                   if (number == 1) {
                     EXPECT_FALSE(OpenStore(path_)->History("@alice", 1)->empty()) << "not committed yet";
                   }
                   if (number == kJobs) loop_.Stop();
                 });
  }
  EXPECT_TRUE(done.empty()) << "called inside Run";
  loop_.Run();
  ASSERT_EQ(done.size(), kJobs);
  for (uint64_t i = 0; i < kJobs; ++i) EXPECT_EQ(done[i], i + 1);
}

TEST_F(StoreThreadTest, AnswersQueries) {
  worker_->Run([](Store& store) { return store.AddMessage(TheirMessage(1, "text")).status(); },
               [](const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; });
  std::vector<std::string> texts;
  worker_->Query<std::vector<Message>>(
      [](Store& store) { return store.History("@alice", 10); },
      [&](absl::StatusOr<std::vector<Message>> history) { texts = Texts(history); });
  absl::Status missing;
  worker_->Query<std::vector<Message>>(
      [](Store& store) { return store.History("@alice", 10, TheirMessage(9).id); },
      [&](const absl::StatusOr<std::vector<Message>>& history) {
        missing = history.status();
        loop_.Stop();
      });
  loop_.Run();
  EXPECT_THAT(texts, ElementsAre("text"));
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
}

TEST_F(StoreThreadTest, LazyJobsKeepTheirPlaceBeforeWhatIsWaitedFor) {
  std::vector<std::string> done;
  worker_->RunLazily([](Store& store) { return store.AddMessage(TheirMessage(1, "lazy")).status(); },
                     [&](const absl::Status& status) {
                       EXPECT_TRUE(status.ok()) << status;
                       done.push_back("lazy");
                     });
  worker_->Query<std::vector<Message>>([](Store& store) { return store.History("@alice", 10); },
                                       [&](absl::StatusOr<std::vector<Message>> history) {
                                         EXPECT_THAT(Texts(history), ElementsAre("lazy"));
                                         done.push_back("query");
                                         loop_.Stop();
                                       });
  loop_.Run();
  EXPECT_THAT(done, ElementsAre("lazy", "query"));
}

TEST_F(StoreThreadTest, CommitsALazyJobThatNothingFollows) {
  worker_->RunLazily([](Store& store) { return store.AddMessage(TheirMessage(1)).status(); },
                     [&](const absl::Status& status) {
                       EXPECT_TRUE(status.ok()) << status;
                       loop_.Stop();
                     });
  loop_.Run();
  EXPECT_EQ(OpenStore(path_)->History("@alice", 10)->size(), 1u);
}

TEST_F(StoreThreadTest, CommitsLazyJobsAtTheEnd) {
  worker_->RunLazily([](Store& store) { return store.AddMessage(TheirMessage(1)).status(); },
                     [](const absl::Status&) {});
  worker_.reset();
  EXPECT_EQ(OpenStore(path_)->History("@alice", 10)->size(), 1u);
}

TEST_F(StoreThreadTest, RefusesWhatIsTooMuch) {
  absl::Notification running, go_on;
  worker_->Run(
      [&](Store&) {
        running.Notify();
        go_on.WaitForNotification();
        return absl::OkStatus();
      },
      [](const absl::Status&) {});
  running.WaitForNotification();
  size_t accepted = 0;
  for (size_t i = 0; i < StoreWorker::kMaxWaitingJobs; ++i) {
    worker_->Run([](Store&) { return absl::OkStatus(); },
                 [&](const absl::Status& status) {
                   EXPECT_TRUE(status.ok()) << status;
                   if (++accepted == StoreWorker::kMaxWaitingJobs) loop_.Stop();
                 });
  }
  bool ran = false;
  absl::Status refused;
  worker_->Run(
      [&](Store&) {
        ran = true;
        return absl::OkStatus();
      },
      [&](const absl::Status& status) {
        refused = status;
        go_on.Notify();
      });
  loop_.Run();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("try again"));
  EXPECT_FALSE(ran);
}

TEST_F(StoreThreadTest, TheDestructorFinishesWhatWaitsAndCallsNobody) {
  bool called = false;
  for (uint64_t number = 1; number <= 100; ++number) {
    worker_->Run([number](Store& store) { return store.AddMessage(TheirMessage(number)).status(); },
                 [&](const absl::Status&) { called = true; });
  }
  worker_.reset();
  loop_.Post([this] { loop_.Stop(); });
  loop_.Run();
  EXPECT_FALSE(called);
  EXPECT_EQ(OpenStore(path_)->History("@alice", 1000)->size(), 100u);
}

TEST_F(StoreThreadTest, MayBeDestroyedByACallback) {
  int calls = 0;
  for (int i = 0; i < 10; ++i) {
    worker_->Run([](Store&) { return absl::OkStatus(); },
                 [&](const absl::Status&) {
                   ++calls;
                   worker_.reset();
                   loop_.Post([this] { loop_.Stop(); });
                 });
  }
  loop_.Run();
  EXPECT_EQ(calls, 1);
}

TEST(InlineStoreWorker, RunsAtOnceAndPostsDone) {
  VirtualLoop loop;
  auto worker = MakeInlineStoreWorker(OpenStore(":memory:"), loop);
  std::vector<std::string> events;
  worker->Run(
      [&](Store& store) {
        events.push_back("job");
        Add(store, TheirMessage(1));
        return absl::AbortedError("no");
      },
      [&](const absl::Status& status) { events.push_back(std::string(status.message())); });
  events.push_back("after Run");
  loop.RunFor(absl::ZeroDuration());
  EXPECT_THAT(events, ElementsAre("job", "after Run", "no"));

  size_t left = 1;
  worker->Query<std::vector<Message>>(
      [](Store& store) { return store.History("@alice", 10); },
      [&](const absl::StatusOr<std::vector<Message>>& history) { left = history->size(); });
  loop.RunFor(absl::ZeroDuration());
  EXPECT_EQ(left, 0u) << "nothing of a failed job is stored";

  worker->Run([](Store&) { return absl::OkStatus(); },
              [&](const absl::Status&) { events.push_back("late"); });
  worker.reset();
  loop.RunFor(absl::ZeroDuration());
  EXPECT_EQ(events.size(), 3u) << "called after its end";
}

}  // namespace
}  // namespace parlor::client
