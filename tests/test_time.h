// When tests on virtual time begin.
#ifndef PARLOR_TESTS_TEST_TIME_H_
#define PARLOR_TESTS_TEST_TIME_H_

#include "absl/time/time.h"

namespace parlor {

inline const absl::Time kTestStart = absl::FromUnixSeconds(1'800'000'000);

}  // namespace parlor

#endif  // PARLOR_TESTS_TEST_TIME_H_
