// Files that must not be lost or read by others.
#ifndef PARLOR_BASE_FILE_H_
#define PARLOR_BASE_FILE_H_

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor {

inline constexpr mode_t kPrivateFile = 0600;
inline constexpr mode_t kPublicFile = 0644;

// At most `max_size` bytes: a longer file is an error. NOT_FOUND when there is none.
absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, size_t max_size = 16 << 20);

// The file holds the old or the new contents, never a part, also after a crash: written beside, synced,
// renamed, directory synced.
absl::Status WriteFileAtomically(const std::filesystem::path& path, absl::string_view contents,
                                 mode_t mode = kPrivateFile);

// Makes the directory and its parents; the last one with 0700. An existing one must belong to this user.
absl::Status EnsurePrivateDirectory(const std::filesystem::path& path);

}  // namespace parlor

#endif  // PARLOR_BASE_FILE_H_
