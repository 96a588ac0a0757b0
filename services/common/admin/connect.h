// A TCP connection with a deadline.
#ifndef PARLOR_SERVICES_COMMON_ADMIN_CONNECT_H_
#define PARLOR_SERVICES_COMMON_ADMIN_CONNECT_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/net/address.h"

namespace parlor::service {

// Owns a socket.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  int fd() const { return fd_; }

 private:
  int fd_;
};

// Connected and non-blocking; UNAVAILABLE with the reason. The host's name is looked up without a deadline.
absl::StatusOr<Socket> Connect(const HostPort& address, absl::Time deadline);

// Waits for POLLIN or POLLOUT; UNAVAILABLE at the deadline.
absl::Status Await(const Socket& socket, short events, absl::Time deadline);

// Where a server that listens on `address` is reached from its own machine: an unspecified host means
// loopback.
HostPort FromThisMachine(HostPort address);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_ADMIN_CONNECT_H_
