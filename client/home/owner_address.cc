#include "client/home/owner_address.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parlor::client {

absl::StatusOr<SocketFileAddress> SocketFileAddress::Of(const std::filesystem::path& socket) {
  SocketFileAddress address;
  std::string path = socket.string();
  if (path.size() >= sizeof(address.address_.sun_path)) {
    const std::filesystem::path directory = socket.parent_path();
    address.directory_fd_ = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (address.directory_fd_ < 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", directory.string()));
    }
    path = absl::StrCat("/proc/self/fd/", address.directory_fd_, "/", socket.filename().string());
  }
  address.address_.sun_family = AF_UNIX;
  std::memcpy(address.address_.sun_path, path.c_str(), path.size() + 1);
  return address;
}

SocketFileAddress::SocketFileAddress(SocketFileAddress&& other) noexcept
    : address_(other.address_), directory_fd_(std::exchange(other.directory_fd_, -1)) {}

SocketFileAddress::~SocketFileAddress() {
  if (directory_fd_ >= 0) ::close(directory_fd_);
}

bool IsSameUser(int fd) {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

}  // namespace parlor::client
