#include "client/metrics/metrics_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/random.h"

namespace parlor::client {
namespace {

class MetricsFileTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Contents() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / absl::StrCat("metrics-", RandomId());
  const std::filesystem::path path_ = folder_ / "parlor.prom";
};

TEST_F(MetricsFileTest, HoldsWhatWasHandedOverLast) {
  auto file = MetricsFile::Create(path_, [](const absl::Status& why) { ADD_FAILURE() << why; });
  ASSERT_TRUE(file.ok()) << file.status();
  for (int i = 0; i < 100; ++i) (*file)->Write(absl::StrCat("metric ", i, "\n"));
  *file = nullptr;
  EXPECT_EQ(Contents(), "metric 99\n");
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0444, 0444U) << "the collector is another user";
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1)
      << "nothing is left beside it";
}

TEST_F(MetricsFileTest, IsWrittenWholeOrNotAtAll) {
  auto file = *MetricsFile::Create(path_, [](const absl::Status&) {});
  const std::string a(1 << 20, 'a');
  const std::string b(1 << 20, 'b');
  for (int i = 0; i < 20; ++i) {
    file->Write(i % 2 == 0 ? a : b);
    const std::string read = Contents();
    EXPECT_TRUE(read.empty() || read == a || read == b) << read.size();
  }
}

TEST_F(MetricsFileTest, SaysAtOnceThatItCannotBeWritten) {
  const auto file = MetricsFile::Create(folder_ / "nowhere" / "parlor.prom", [](const absl::Status&) {});
  EXPECT_EQ(file.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(file.status().message()), ::testing::HasSubstr("--metrics-file"));
}

TEST_F(MetricsFileTest, TellsOnceWhenItStopsWorkingAndGoesOnWhenItCan) {
  int failures = 0;
  absl::Notification failed;
  auto file = *MetricsFile::Create(path_, [&](const absl::Status&) {
    if (++failures == 1) failed.Notify();
  });
  std::filesystem::remove_all(folder_);
  file->Write("lost");
  failed.WaitForNotification();
  file->Write("lost too");
  std::filesystem::create_directory(folder_);
  file->Write("back");
  file = nullptr;
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(Contents(), "back");
}

}  // namespace
}  // namespace parlor::client
