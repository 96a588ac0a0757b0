#include "client/home/owner_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace parlor::client {

absl::StatusOr<std::optional<OwnerLock>> OwnerLock::TryTake(const Home& home) {
  const std::filesystem::path path = home.lock_file();
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kPrivateFile);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path.string()));
  OwnerLock lock(fd);
  // The file is never removed: two processes must not lock two files of one name.
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return std::optional<OwnerLock>(std::move(lock));
  if (errno == EWOULDBLOCK) return std::nullopt;
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot lock ", path.string()));
}

OwnerLock::OwnerLock(OwnerLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

OwnerLock::~OwnerLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace parlor::client
