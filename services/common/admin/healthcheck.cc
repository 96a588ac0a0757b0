#include "services/common/admin/healthcheck.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/net/address.h"
#include "base/status.h"

namespace parlor::service {
namespace {

constexpr size_t kLargestAnswer = 64 << 10;
constexpr char kRequest[] = "GET /readyz HTTP/1.0\r\n\r\n";

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

absl::Status Await(int fd, short events, absl::Time deadline) {
  pollfd descriptor{fd, events, 0};
  const absl::Duration left = std::max(absl::ZeroDuration(), deadline - absl::Now());
  const int ready = ::poll(&descriptor, 1, static_cast<int>(absl::ToInt64Milliseconds(left)));
  if (ready > 0) return absl::OkStatus();
  return absl::UnavailableError("no answer in time");
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
  PARLOR_RETURN_IF_ERROR(Await(socket.fd(), POLLOUT, deadline));
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return absl::UnavailableError("nobody listens");
  return socket;
}

absl::StatusOr<std::string> ReadToEnd(const Socket& socket, absl::Time deadline) {
  std::string answer;
  char buffer[4096];
  while (answer.size() < kLargestAnswer) {
    PARLOR_RETURN_IF_ERROR(Await(socket.fd(), POLLIN, deadline));
    const ssize_t n = ::recv(socket.fd(), buffer, sizeof(buffer), 0);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) return absl::UnavailableError("the connection broke");
    if (n == 0) break;
    answer.append(buffer, static_cast<size_t>(n));
  }
  return answer;
}

absl::StatusOr<std::string> Ask(const HostPort& address, absl::Time deadline) {
  PARLOR_ASSIGN_OR_RETURN(const Socket socket, Connect(address, deadline));
  if (::send(socket.fd(), kRequest, sizeof(kRequest) - 1, MSG_NOSIGNAL) != sizeof(kRequest) - 1) {
    return absl::UnavailableError("the connection broke");
  }
  return ReadToEnd(socket, deadline);
}

bool IsUnspecified(const std::string& host) {
  return host.empty() || host == "0.0.0.0" || host == "::";
}

}  // namespace

absl::Status CheckReady(const std::string& admin, absl::Duration timeout) {
  PARLOR_ASSIGN_OR_RETURN(HostPort address, ParseHostPort(admin));
  if (IsUnspecified(address.host)) address.host = address.host == "::" ? "::1" : "127.0.0.1";
  const absl::StatusOr<std::string> answer = Ask(address, absl::Now() + timeout);
  if (!answer.ok()) {
    return absl::UnavailableError(
        absl::StrCat("no answer from the admin port ", ToString(address), ": ", answer.status().message()));
  }
  if (absl::StartsWith(*answer, "HTTP/1.1 200 ")) return absl::OkStatus();
  const size_t body = answer->find("\r\n\r\n");
  if (!absl::StartsWith(*answer, "HTTP/1.1 503 ") || body == std::string::npos) {
    return absl::UnavailableError(absl::StrCat("what answers at ", ToString(address), " is no admin port"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("not ready: ", absl::StripSuffix(answer->substr(body + 4), "\n")));
}

int RunHealthcheck(const std::string& admin) {
  const absl::Status status = CheckReady(admin);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace parlor::service
