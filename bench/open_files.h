// How many files this process, and children that it starts later, may have open.
#ifndef PARLOR_BENCH_OPEN_FILES_H_
#define PARLOR_BENCH_OPEN_FILES_H_

#include "absl/status/status.h"

namespace parlor::bench {

// At least `count`. FAILED_PRECONDITION: this machine does not allow as many.
absl::Status AllowFiles(int count);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_OPEN_FILES_H_
