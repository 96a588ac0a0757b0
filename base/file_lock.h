// A lock on a file that says: this directory is in use.
#ifndef PARLOR_BASE_FILE_LOCK_H_
#define PARLOR_BASE_FILE_LOCK_H_

#include <filesystem>
#include <optional>

#include "absl/status/statusor.h"

namespace parlor {

// Held until it is destroyed or the process dies, however it does: the kernel lets go of it. Not for file
// systems without flock(2).
class FileLock {
 public:
  // Makes the file (0600) if there is none; it is never removed. Nothing: another process (or another lock in
  // this one) holds it. Never waits.
  static absl::StatusOr<std::optional<FileLock>> TryTake(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace parlor

#endif  // PARLOR_BASE_FILE_LOCK_H_
