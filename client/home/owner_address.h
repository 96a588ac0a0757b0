// Addresses of Unix sockets in directories with long names.
#ifndef PARLOR_CLIENT_HOME_OWNER_ADDRESS_H_
#define PARLOR_CLIENT_HOME_OWNER_ADDRESS_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>

#include "absl/status/statusor.h"

namespace parlor::client {

// The address of a socket file, for bind and connect. A path too long for sockaddr_un (108 bytes) is reached
// through a descriptor of its directory, which stays open as long as this.
class SocketFileAddress {
 public:
  static absl::StatusOr<SocketFileAddress> Of(const std::filesystem::path& socket);

  SocketFileAddress(SocketFileAddress&& other) noexcept;
  SocketFileAddress& operator=(SocketFileAddress&&) = delete;
  ~SocketFileAddress();

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t size() const { return sizeof(address_); }

 private:
  SocketFileAddress() = default;
  sockaddr_un address_ = {};
  int directory_fd_ = -1;
};

// Whether the process at the other end of the connected Unix socket `fd` is of this user (SO_PEERCRED).
bool IsSameUser(int fd);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_HOME_OWNER_ADDRESS_H_
