#include "services/common/admin/connect.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"
#include "base/status.h"

namespace parlor::service {

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

absl::StatusOr<Socket> Connect(const HostPort& address, absl::Time deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0) {
    return absl::UnavailableError("there is no such host");
  }
  const absl::Cleanup free_found = [found] { ::freeaddrinfo(found); };
  Socket socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd() < 0) return absl::ErrnoToStatus(errno, "cannot make a socket");
  if (::connect(socket.fd(), found->ai_addr, found->ai_addrlen) == 0) return socket;
  if (errno != EINPROGRESS) return absl::UnavailableError("nobody listens");
  PARLOR_RETURN_IF_ERROR(Await(socket, POLLOUT, deadline));
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return absl::UnavailableError("nobody listens");
  return socket;
}

absl::Status Await(const Socket& socket, short events, absl::Time deadline) {
  pollfd descriptor{socket.fd(), events, 0};
  const absl::Duration left = std::max(absl::ZeroDuration(), deadline - absl::Now());
  const int ready = ::poll(&descriptor, 1, static_cast<int>(absl::ToInt64Milliseconds(left)));
  if (ready > 0) return absl::OkStatus();
  return absl::UnavailableError("no answer in time");
}

HostPort FromThisMachine(HostPort address) {
  if (address.host == "::") address.host = "::1";
  if (address.host.empty() || address.host == "0.0.0.0") address.host = "127.0.0.1";
  return address;
}

}  // namespace parlor::service
