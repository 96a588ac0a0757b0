#include "services/common/admin/healthcheck.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/net/address.h"
#include "base/status.h"
#include "services/common/admin/connect.h"

namespace parlor::service {
namespace {

constexpr size_t kLargestAnswer = 64 << 10;
constexpr char kRequest[] = "GET /readyz HTTP/1.0\r\n\r\n";

absl::StatusOr<std::string> ReadToEnd(const Socket& socket, absl::Time deadline) {
  std::string answer;
  char buffer[4096];
  while (answer.size() < kLargestAnswer) {
    PARLOR_RETURN_IF_ERROR(Await(socket, POLLIN, deadline));
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

}  // namespace

absl::Status CheckReady(const std::string& admin, absl::Duration timeout) {
  PARLOR_ASSIGN_OR_RETURN(HostPort listening, ParseHostPort(admin));
  const HostPort address = FromThisMachine(std::move(listening));
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
