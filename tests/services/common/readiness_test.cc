#include "services/common/readiness.h"

#include "gtest/gtest.h"

namespace parlor::service {
namespace {

TEST(Readiness, ReadyOnlyWhenEveryCheckIs) {
  Readiness readiness;
  EXPECT_TRUE(readiness.Failures().empty());
  absl::Status database = absl::UnavailableError("down");
  readiness.Add("database", [&] { return database; });
  readiness.Add("keys", [] { return absl::OkStatus(); });
  const std::vector<Readiness::Failure> failures = readiness.Failures();
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].name, "database");
  EXPECT_NE(failures[0].reason.find("down"), std::string::npos);
  database = absl::OkStatus();
  EXPECT_TRUE(readiness.Failures().empty());
}

TEST(Readiness, NeverAgainAfterDrainingBegan) {
  Readiness readiness;
  readiness.StartDraining();
  ASSERT_EQ(readiness.Failures().size(), 1U);
  EXPECT_EQ(readiness.Failures()[0].name, "drain");
}

}  // namespace
}  // namespace parlor::service
