// A TCP connection that says whatever a test wants.
#ifndef PARLOR_TESTS_SERVICES_COMMON_RAW_SOCKET_H_
#define PARLOR_TESTS_SERVICES_COMMON_RAW_SOCKET_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

namespace parlor::testing {

class RawSocket {
 public:
  explicit RawSocket(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    const timeval patience{30, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~RawSocket() { ::close(fd_); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  void Send(const std::string& bytes) { ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  // Everything until the other side closes; fails the test if it does not within 30 s.
  std::string ReadToEnd() {
    std::string all;
    char buffer[4096];
    while (true) {
      const ssize_t n = ::recv(fd_, buffer, sizeof(buffer), 0);
      if (n > 0) {
        all.append(buffer, static_cast<size_t>(n));
        continue;
      }
      EXPECT_FALSE(n < 0 && errno == EAGAIN) << "the connection was left open";
      return all;
    }
  }

 private:
  const int fd_;
};

}  // namespace parlor::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_RAW_SOCKET_H_
