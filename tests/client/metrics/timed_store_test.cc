#include "client/metrics/timed_store.h"

#include <gtest/gtest.h>

#include <deque>
#include <utility>
#include <vector>

#include "client/loop/virtual_loop.h"

namespace parlor::client {
namespace {

// Answers when it is told to.
class SlowStore final : public StoreWorker {
 public:
  explicit SlowStore(std::deque<Done>* waiting) : waiting_(*waiting) {}
  void Run(Job, Done done) override { waiting_.push_back(std::move(done)); }
  void RunLazily(Job, Done done) override { waiting_.push_back(std::move(done)); }

 private:
  std::deque<Done>& waiting_;
};

class TimedStoreTest : public ::testing::Test {
 protected:
  void Answer(const absl::Status& status) {
    const StoreWorker::Done done = std::move(waiting_.front());
    waiting_.pop_front();
    done(status);
  }

  static absl::Status Nothing(Store&) { return absl::OkStatus(); }

  VirtualLoop loop_;
  std::deque<StoreWorker::Done> waiting_;
  std::vector<std::pair<absl::Duration, absl::Status>> observed_;
  const std::unique_ptr<StoreWorker> store_ = MakeTimedStore(
      std::make_unique<SlowStore>(&waiting_), loop_, [this](absl::Duration took, const absl::Status& status) {
        observed_.push_back({took, status});
      });
};

TEST_F(TimedStoreTest, TimesWhatSomebodyWaitsForUntilItIsCommittedOrFails) {
  std::vector<absl::Status> answers;
  const auto keep = [&](const absl::Status& status) { answers.push_back(status); };
  store_->Run(Nothing, keep);
  loop_.RunFor(absl::Milliseconds(20));
  store_->Run(Nothing, keep);
  loop_.RunFor(absl::Milliseconds(5));
  Answer(absl::OkStatus());
  Answer(absl::ResourceExhaustedError("full"));
  ASSERT_EQ(observed_.size(), 2U);
  EXPECT_EQ(observed_[0], std::pair(absl::Milliseconds(25), absl::OkStatus()));
  EXPECT_EQ(observed_[1], std::pair(absl::Milliseconds(5), absl::ResourceExhaustedError("full")));
  EXPECT_EQ(answers, (std::vector<absl::Status>{absl::OkStatus(), absl::ResourceExhaustedError("full")}));
}

TEST_F(TimedStoreTest, LazyOnesArePassedOnAndNotTimed) {
  bool done = false;
  store_->RunLazily(Nothing, [&](const absl::Status&) { done = true; });
  Answer(absl::OkStatus());
  EXPECT_TRUE(done);
  EXPECT_TRUE(observed_.empty());
}

}  // namespace
}  // namespace parlor::client
