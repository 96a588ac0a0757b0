// A test that cannot run here says why, and is counted as skipped.
#ifndef PARLOR_TESTS_SKIP_H_
#define PARLOR_TESTS_SKIP_H_

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace parlor::testing {

// What tests may find missing. tests/e2e/event_schema.py has the same list (tests/docs/skips_test.py).
inline constexpr absl::string_view kSkipWords[] = {
    "clock",   "docker",    "grpcio", "hostile-peer", "ipv6",     "jsonschema", "k8s-schemas",
    "kubectl", "libsecret", "netns",  "nft",          "postgres", "prometheus"};

// Why a test may not skip for want of `what` where PARLOR_REQUIRE is `required`, a comma-separated list;
// empty: it may. A word that nobody knows is refused: misspelt, it would require nothing.
inline std::string WhyNotSkip(absl::string_view what, absl::string_view required) {
  std::vector<absl::string_view> words = absl::StrSplit(required, ',', absl::SkipEmpty());
  words.push_back(what);
  for (const absl::string_view word : words) {
    if (std::find(std::begin(kSkipWords), std::end(kSkipWords), word) == std::end(kSkipWords)) {
      return absl::StrCat("no test skips for want of \"", word,
                          "\"; PARLOR_REQUIRE may have: ", absl::StrJoin(kSkipWords, ", "));
    }
  }
  words.pop_back();
  const bool is_required = std::find(words.begin(), words.end(), what) != words.end();
  return is_required ? absl::StrCat("PARLOR_REQUIRE has ", what) : "";
}

inline std::string WhyNotSkip(absl::string_view what) {
  const char* required = std::getenv("PARLOR_REQUIRE");
  return WhyNotSkip(what, required == nullptr ? "" : required);
}

}  // namespace parlor::testing

// Ends the test: `what` is missing here. PARLOR_REQUIRE may name it.
#define PARLOR_SKIP(what, why)                                                  \
  do {                                                                          \
    const std::string parlor_why_not = ::parlor::testing::WhyNotSkip(what);     \
    if (!parlor_why_not.empty()) FAIL() << parlor_why_not << ", but " << (why); \
    GTEST_SKIP() << (why) << " (PARLOR_REQUIRE: " << (what) << ")";             \
  } while (false)

#endif  // PARLOR_TESTS_SKIP_H_
