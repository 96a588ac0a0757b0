#include "bench/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"

namespace parlor::bench {

absl::Status AllowFiles(int count) {
  const auto wanted = static_cast<rlim_t>(count);
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return absl::ErrnoToStatus(errno, "getrlimit");
  if (limit.rlim_max < wanted) {
    return absl::FailedPreconditionError(absl::StrCat("this machine allows ", limit.rlim_max,
                                                      " open files a process: raise the limit to ", wanted,
                                                      " (ulimit -Hn), or let fewer people connect"));
  }
  limit.rlim_cur = std::max(limit.rlim_cur, wanted);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return absl::ErrnoToStatus(errno, "setrlimit");
  return absl::OkStatus();
}

}  // namespace parlor::bench
