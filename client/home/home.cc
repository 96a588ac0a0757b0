#include "client/home/home.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"

namespace parlor::client {
namespace {

constexpr char kDirectoryName[] = "parlor";

std::optional<std::string> NotEmpty(std::optional<std::string> value) {
  if (value.has_value() && value->empty()) return std::nullopt;
  return value;
}

std::optional<std::string> HomeInPasswordDatabase() {
  constexpr size_t kBufferSize = 16 * 1024;
  std::vector<char> buffer(kBufferSize);
  passwd entry = {};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::nullopt;
  }
  return NotEmpty(std::string(entry.pw_dir));
}

absl::StatusOr<std::filesystem::path> Absolute(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot find ", path.string()));
  // "dir/" and "dir" are one home.
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

}  // namespace

std::optional<std::string> ProcessEnvironment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

absl::StatusOr<std::filesystem::path> ChooseHome(absl::string_view flag, const Environment& environment) {
  if (!flag.empty()) return Absolute(std::string(flag));
  if (const auto home = NotEmpty(environment("PARLOR_HOME"))) return Absolute(*home);
  if (const auto data = NotEmpty(environment("XDG_DATA_HOME"))) {
    const std::filesystem::path path(*data);
    if (path.is_absolute()) return path / kDirectoryName;
  }
  auto user_home = NotEmpty(environment("HOME"));
  if (!user_home.has_value()) user_home = HomeInPasswordDatabase();
  if (!user_home.has_value()) {
    return absl::FailedPreconditionError(
        "it is not known where this account keeps its files: name a directory with --home or PARLOR_HOME");
  }
  return Absolute(std::filesystem::path(*user_home) / ".local" / "share" / kDirectoryName);
}

absl::StatusOr<Home> Home::Open(std::filesystem::path path) {
  PARLOR_RETURN_IF_ERROR(EnsurePrivateDirectory(path));
  return Home(std::move(path));
}

}  // namespace parlor::client
