#include "client/metrics/reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "client/loop/virtual_loop.h"

namespace parlor::client {
namespace {

using ::testing::HasSubstr;

class ReporterTest : public ::testing::Test {
 protected:
  std::unique_ptr<Reporter> Start() {
    return std::make_unique<Reporter>(
        loop_, metrics_, [this] { return figures_; },
        [this](std::string text) { written_.push_back(std::move(text)); });
  }

  VirtualLoop loop_;
  ClientMetrics metrics_{"c"};
  CoreFigures figures_;
  std::vector<std::string> written_;
};

TEST_F(ReporterTest, WritesAtOnceThenEveryFiveSecondsAndAtTheEnd) {
  auto reporter = Start();
  EXPECT_EQ(written_.size(), 1U);
  figures_.rooms = 3;
  loop_.RunFor(absl::Milliseconds(4'900));
  EXPECT_EQ(written_.size(), 1U);
  loop_.RunFor(absl::Milliseconds(200));
  ASSERT_EQ(written_.size(), 2U);
  EXPECT_THAT(written_.back(), HasSubstr("parlor_client_rooms{client=\"c\"} 3\n"));
  EXPECT_THAT(written_.back(), HasSubstr("parlor_client_running{client=\"c\"} 1\n"));
  loop_.RunFor(absl::Seconds(60));
  EXPECT_EQ(written_.size(), 14U);
  reporter = nullptr;
  EXPECT_THAT(written_.back(), HasSubstr("parlor_client_running{client=\"c\"} 0\n"));
  loop_.RunFor(absl::Seconds(60));
  EXPECT_EQ(written_.size(), 15U);
}

TEST_F(ReporterTest, LooksEachSecondHowLateTheLoopIs) {
  const auto reporter = Start();
  loop_.RunFor(absl::Milliseconds(5'100));
  EXPECT_THAT(written_.back(),
              HasSubstr("parlor_client_loop_lag_seconds_bucket{client=\"c\",le=\"0.001\"} 5\n"));
}

}  // namespace
}  // namespace parlor::client
