#include "client/home/account_file.h"

#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace parlor::client {
namespace {

// Keys of two services and 8 days of ended devices are far below it.
constexpr size_t kMaxAccountSize = 4 << 20;

}  // namespace

absl::StatusOr<Account> LoadAccount(const Home& home) {
  const std::string path = home.account_file().string();
  const absl::StatusOr<std::string> json = ReadFile(path, kMaxAccountSize);
  if (absl::IsNotFound(json.status())) {
    return absl::NotFoundError(absl::StrCat("nobody is logged in at ", home.path().string(),
                                            ": use `parlor login NAME`, or `parlor register NAME` first"));
  }
  if (!json.ok()) return json.status();
  absl::StatusOr<Account> account = AccountFromJson(*json);
  if (account.ok()) return account;
  const absl::string_view advice = absl::IsFailedPrecondition(account.status())
                                       ? "install that newer version, or use another --home"
                                       : "move it away and log in again; the history stays";
  return absl::Status(account.status().code(),
                      absl::StrCat(path, " cannot be used: ", account.status().message(), "; ", advice));
}

absl::Status SaveAccount(const Home& home, const Account& account) {
  return WriteFileAtomically(home.account_file(), AccountToJson(account), kPrivateFile);
}

absl::Status RemoveAccount(const Home& home) {
  std::error_code error;
  std::filesystem::remove(home.account_file(), error);
  if (!error) return absl::OkStatus();
  return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot remove ", home.account_file().string()));
}

}  // namespace parlor::client
