#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/random.h"
#include "base/status.h"

namespace parlor {
namespace {

absl::Status SystemError(absl::string_view what, const std::filesystem::path& path) {
  const int error = errno;
  return absl::ErrnoToStatus(error, absl::StrCat("cannot ", what, " ", path.string()));
}

absl::Status WriteAll(int fd, absl::string_view contents, const std::filesystem::path& path) {
  while (!contents.empty()) {
    const ssize_t n = ::write(fd, contents.data(), contents.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return SystemError("write", path);
    contents.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return SystemError("open", directory);
  const absl::Cleanup close_fd = [fd] { ::close(fd); };
  if (::fsync(fd) != 0) return SystemError("sync", directory);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, size_t max_size) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return SystemError("open", path);
  const absl::Cleanup close_fd = [fd] { ::close(fd); };
  std::string contents;
  char buffer[16384];
  while (true) {
    const ssize_t n = ::read(fd, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SystemError("read", path);
    if (n == 0) return contents;
    contents.append(buffer, static_cast<size_t>(n));
    if (contents.size() > max_size) {
      return absl::OutOfRangeError(absl::StrCat(path.string(), " is longer than ", max_size, " bytes"));
    }
  }
}

absl::Status WriteFileAtomically(const std::filesystem::path& path, absl::string_view contents, mode_t mode) {
  const std::filesystem::path directory =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const std::filesystem::path beside = path.string() + "." + RandomId().substr(0, 8) + ".new";
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return SystemError("create", beside);
  absl::Cleanup discard = [&beside] { ::unlink(beside.c_str()); };
  absl::Status written = WriteAll(fd, contents, beside);
  if (written.ok() && ::fsync(fd) != 0) written = SystemError("sync", beside);
  if (::close(fd) != 0 && written.ok()) written = SystemError("close", beside);
  PARLOR_RETURN_IF_ERROR(written);
  if (::rename(beside.c_str(), path.c_str()) != 0) return SystemError("replace", path);
  std::move(discard).Cancel();
  return SyncDirectory(directory);
}

absl::Status EnsurePrivateDirectory(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) {
      return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot create ", path.parent_path().string()));
    }
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return SystemError("create", path);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return SystemError("look at", path);
  if (!S_ISDIR(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path.string(), " is not a directory"));
  }
  if (info.st_uid != ::geteuid()) {
    return absl::PermissionDeniedError(absl::StrCat(path.string(), " belongs to another user"));
  }
  if ((info.st_mode & 0077) != 0 && ::chmod(path.c_str(), 0700) != 0) {
    return SystemError("close to others", path);
  }
  return absl::OkStatus();
}

}  // namespace parlor
