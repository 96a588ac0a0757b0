// The directory of one person on this machine: account, keys, history, and the socket of the process that
// owns it.
#ifndef PARLOR_CLIENT_HOME_HOME_H_
#define PARLOR_CLIENT_HOME_HOME_H_

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::client {

// std::getenv, or a table in tests.
using Environment = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> ProcessEnvironment(const char* name);

// The directory to use: `flag` (--home), else PARLOR_HOME, else $XDG_DATA_HOME/parlor, else
// ~/.local/share/parlor. Empty values count as missing, and a relative XDG_DATA_HOME too (XDG Base Directory
// Specification 0.8). Absolute. FAILED_PRECONDITION: nothing says where it could be.
absl::StatusOr<std::filesystem::path> ChooseHome(absl::string_view flag, const Environment& environment);

// Where things are in it. Immutable; thread-safe.
class Home {
 public:
  // Makes the directory, 0700, with its parents; closes an existing one to others. PERMISSION_DENIED: it is
  // somebody else's.
  static absl::StatusOr<Home> Open(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path account_file() const { return path_ / "account.json"; }
  std::filesystem::path sealing_key_file() const { return path_ / "sealing-key.json"; }
  std::filesystem::path history_file() const { return path_ / "history.db"; }
  std::filesystem::path lock_file() const { return path_ / "owner.lock"; }
  std::filesystem::path socket() const { return path_ / "owner.sock"; }

 private:
  explicit Home(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_HOME_HOME_H_
