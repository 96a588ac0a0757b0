#include "bench/net/tun_device.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace parlor::bench {
namespace {

constexpr char kTunnels[] = "/dev/net/tun";

absl::Status Explain(int error, absl::string_view name) {
  if (error == EPERM || error == EACCES) {
    return absl::PermissionDeniedError(
        absl::StrCat("this user may not make the device ", name, ": run it as root, or with CAP_NET_ADMIN"));
  }
  if (error == EBUSY) {
    return absl::AlreadyExistsError(
        absl::StrCat("there is a device ", name, " already: choose another name"));
  }
  return absl::ErrnoToStatus(error, absl::StrCat("make the device ", name));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TunDevice>> TunDevice::Make(const std::string& name) {
  ifreq request{};
  if (name.empty() || name.size() >= sizeof(request.ifr_name)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is no name of a device: 1 to ",
                                                   sizeof(request.ifr_name) - 1, " letters"));
  }
  const int file = open(kTunnels, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return Explain(errno, name);
  std::unique_ptr<TunDevice> device(new TunDevice(file));
  // IFF_TUN_EXCL: a device that is there, and belongs to nobody, would be taken over.
  request.ifr_flags = static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL);
  std::memcpy(request.ifr_name, name.data(), name.size());
  if (ioctl(file, TUNSETIFF, &request) < 0) return Explain(errno, name);
  return device;
}

TunDevice::~TunDevice() {
  close(file_);
}

std::optional<absl::string_view> TunDevice::Read(absl::Span<char> buffer) const {
  const ssize_t size = read(file_, buffer.data(), buffer.size());
  if (size <= 0) return std::nullopt;
  return absl::string_view(buffer.data(), static_cast<size_t>(size));
}

bool TunDevice::Write(absl::string_view packet) const {
  return write(file_, packet.data(), packet.size()) == static_cast<ssize_t>(packet.size());
}

}  // namespace parlor::bench
