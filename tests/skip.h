// A test that cannot run here says why, and is counted as skipped.
#ifndef PARLOR_TESTS_SKIP_H_
#define PARLOR_TESTS_SKIP_H_

#include <cstdlib>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace parlor::testing {

// True when PARLOR_REQUIRE (a comma-separated list) has `what`: then its absence is a failure, not a skip.
inline bool IsRequired(absl::string_view what) {
  const char* list = std::getenv("PARLOR_REQUIRE");
  if (list == nullptr) return false;
  for (const absl::string_view item : absl::StrSplit(list, ',')) {
    if (item == what) return true;
  }
  return false;
}

}  // namespace parlor::testing

// Ends the test: `what` is missing here. PARLOR_REQUIRE may name it.
#define PARLOR_SKIP(what, why)                                                                               \
  do {                                                                                                       \
    if (::parlor::testing::IsRequired(what)) FAIL() << "PARLOR_REQUIRE has " << (what) << ", but " << (why); \
    GTEST_SKIP() << (why) << " (PARLOR_REQUIRE: " << (what) << ")";                                          \
  } while (false)

#endif  // PARLOR_TESTS_SKIP_H_
