#include "services/common/listen_error.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace parlor::service {
namespace {

// 0, or what bind() or listen() says.
int ListenErrno(const addrinfo& address) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const absl::Cleanup close_fd = [fd] { ::close(fd); };
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (::bind(fd, address.ai_addr, address.ai_addrlen) != 0 || ::listen(fd, 1) != 0) return errno;
  return 0;
}

absl::Status Explain(int error, const std::string& where) {
  switch (error) {
    case EADDRINUSE:
      return absl::AlreadyExistsError(absl::StrCat("port in use: another program listens on ", where,
                                                   "; stop it or choose another port"));
    case EACCES:
      return absl::PermissionDeniedError(
          absl::StrCat("not allowed to listen on ", where, ": choose a port from 1024 on"));
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return absl::UnavailableError(absl::StrCat(where, " is not an address of this machine"));
    default:
      return absl::UnavailableError(
          absl::StrCat("cannot listen on ", where, ": ", error == 0 ? "see the log" : std::strerror(error)));
  }
}

}  // namespace

absl::Status ListenError(const HostPort& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int failed =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failed != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on ", ToString(address), ": ", ::gai_strerror(failed)));
  }
  const absl::Cleanup free_found = [found] { ::freeaddrinfo(found); };
  int error = 0;
  for (const addrinfo* next = found; next != nullptr && error == 0; next = next->ai_next) {
    error = ListenErrno(*next);
  }
  return Explain(error, ToString(address));
}

}  // namespace parlor::service
