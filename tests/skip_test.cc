#include "tests/skip.h"

#include <cstdlib>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"

namespace parlor::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

void SkipWithoutPostgres() {
  PARLOR_SKIP("postgres", "it is not here");
}

class SkipTest : public ::testing::Test {
 protected:
  SkipTest() {
    if (const char* set = std::getenv("PARLOR_REQUIRE"); set != nullptr) before_ = set;
  }
  ~SkipTest() override {
    ::unsetenv("PARLOR_REQUIRE");
    if (before_.has_value()) ::setenv("PARLOR_REQUIRE", before_->c_str(), 1);
  }

  std::optional<std::string> before_;
};

TEST_F(SkipTest, WhatIsNotRequiredMayBeMissing) {
  EXPECT_EQ(WhyNotSkip("postgres", ""), "");
  EXPECT_EQ(WhyNotSkip("postgres", "jsonschema,ipv6"), "");
}

TEST_F(SkipTest, WhatIsRequiredMayNot) {
  EXPECT_EQ(WhyNotSkip("postgres", "postgres"), "PARLOR_REQUIRE has postgres");
  EXPECT_EQ(WhyNotSkip("ipv6", "clock,ipv6,postgres"), "PARLOR_REQUIRE has ipv6");
  ::setenv("PARLOR_REQUIRE", "ipv6,postgres", 1);
  EXPECT_FATAL_FAILURE(SkipWithoutPostgres(), "PARLOR_REQUIRE has postgres, but it is not here");
}

TEST_F(SkipTest, WordsThatNobodyKnowsAreRefusedAndTheKnownOnesListed) {
  for (const char* misspelt : {"postgress", "ipv6,Postgres", "postgres, ipv6"}) {
    EXPECT_THAT(WhyNotSkip("clock", misspelt),
                AllOf(HasSubstr("no test skips for want of"), HasSubstr("ipv6, jsonschema, ")));
  }
  ::setenv("PARLOR_REQUIRE", "postgress", 1);
  EXPECT_FATAL_FAILURE(SkipWithoutPostgres(), "\"postgress\"");
  EXPECT_THAT(WhyNotSkip("a thing without a word", ""), HasSubstr("\"a thing without a word\""));
}

}  // namespace
}  // namespace parlor::testing
