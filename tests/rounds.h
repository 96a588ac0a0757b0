// How often a test with made-up input tries.
#ifndef PARLOR_TESTS_ROUNDS_H_
#define PARLOR_TESTS_ROUNDS_H_

#include <cstdlib>

#include "absl/strings/numbers.h"

namespace parlor {

// `usual`, or PARLOR_LONG times as many in the long run (parlor_test's LONG): the usual ones first, so that
// each run makes up the same again.
inline int Rounds(int usual) {
  const char* factor = std::getenv("PARLOR_LONG");
  int times = 1;
  if (factor == nullptr || !absl::SimpleAtoi(factor, &times) || times < 1) return usual;
  return usual * times;
}

}  // namespace parlor

#endif  // PARLOR_TESTS_ROUNDS_H_
