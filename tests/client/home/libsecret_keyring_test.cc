#include "client/home/libsecret_keyring.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/client/home/temp_home.h"
#include "tests/skip.h"

namespace parlor::client {
namespace {

Environment SecretTable(std::map<std::string, std::string> table) {
  return [table = std::move(table)](const char* name) -> std::optional<std::string> {
    const auto found = table.find(name);
    if (found == table.end()) return std::nullopt;
    return found->second;
  };
}

TEST(FindKeyring, IsNoneWithoutADesktopOrWhenSwitchedOff) {
  EXPECT_EQ(FindKeyring(SecretTable({})), nullptr);
  EXPECT_EQ(FindKeyring(SecretTable({{"DBUS_SESSION_BUS_ADDRESS", ""}})), nullptr);
  EXPECT_EQ(
      FindKeyring(SecretTable({{"DBUS_SESSION_BUS_ADDRESS", "unix:path=/x"}, {"PARLOR_KEYRING", "off"}})),
      nullptr);
}

// In a process of its own: GLib remembers the bus that it first met.
int ExitCodeOf(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = -1;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

enum : int { kGaveUp = 0, kNoLibrary = 10, kAnswered = 11, kTookTooLong = 12 };

int AskKeyringAt(const std::string& bus) {
  ::setenv("DBUS_SESSION_BUS_ADDRESS", bus.c_str(), 1);
  ::unsetenv("PARLOR_KEYRING");
  const auto keyring = FindKeyring(ProcessEnvironment, absl::Milliseconds(200));
  if (keyring == nullptr) return kNoLibrary;
  const absl::Time start = absl::Now();
  if (!absl::IsUnavailable(keyring->Find("id").status())) return kAnswered;
  if (!absl::IsUnavailable(keyring->Keep("id", "secret"))) return kAnswered;
  return absl::Now() - start < absl::Seconds(30) ? kGaveUp : kTookTooLong;
}

TEST(LibsecretKeyring, WithoutABusIsUnavailable) {
  const int code = ExitCodeOf([] { return AskKeyringAt("unix:path=/nonexistent/bus"); });
  if (code == kNoLibrary) PARLOR_SKIP("libsecret", "libsecret-1.so.0 is not installed");
  EXPECT_EQ(code, kGaveUp);
}

TEST(LibsecretKeyring, ASilentBusIsNotWaitedFor) {
  const TempHome temp;
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = (temp.home().path() / "bus").string();
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.c_str(), path.size());
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  const int code = ExitCodeOf([&] { return AskKeyringAt(absl::StrCat("unix:path=", path)); });
  ::close(listener);
  if (code == kNoLibrary) PARLOR_SKIP("libsecret", "libsecret-1.so.0 is not installed");
  EXPECT_EQ(code, kGaveUp);
}

}  // namespace
}  // namespace parlor::client
