#include "services/setup/wait.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/admin/connect.h"

namespace parlor::setup {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestTry = absl::Seconds(1);

}  // namespace

absl::Status WaitUntilAnswered(const HostPort& address, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (true) {
    const auto socket = service::Connect(address, absl::Now() + kLongestTry);
    if (socket.ok()) return absl::OkStatus();
    if (absl::Now() >= deadline) {
      return absl::UnavailableError(absl::StrCat("nobody answered at ", ToString(address), " within ",
                                                 absl::FormatDuration(patience), ": ",
                                                 socket.status().message()));
    }
    absl::SleepFor(kPause);
  }
}

}  // namespace parlor::setup
