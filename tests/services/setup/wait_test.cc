#include "services/setup/wait.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::setup {
namespace {

// A port of this machine that refuses connections until Listen().
class Door {
 public:
  Door() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Door() { ::close(fd_); }

  void Listen() const { EXPECT_EQ(::listen(fd_, 1), 0); }
  HostPort address() const { return {"127.0.0.1", port_}; }

 private:
  const int fd_;
  uint16_t port_ = 0;
};

TEST(WaitUntilAnswered, EndsWhenSomebodyListens) {
  const Door door;
  auto waiting =
      std::async(std::launch::async, [&] { return WaitUntilAnswered(door.address(), absl::Minutes(1)); });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(250)), std::future_status::timeout) << "did not wait";
  door.Listen();
  EXPECT_EQ(waiting.get(), absl::OkStatus());
}

TEST(WaitUntilAnswered, SaysWhoDidNotAnswer) {
  const Door door;
  const absl::Status status = WaitUntilAnswered(door.address(), absl::Milliseconds(150));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(ToString(door.address())));
}

TEST(WaitUntilAnswered, ANameThatIsNotThereYetIsNoEnd) {
  const absl::Status status = WaitUntilAnswered({"nobody.invalid", 7447}, absl::Milliseconds(150));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("within 150ms: there is no such host"));
}

}  // namespace
}  // namespace parlor::setup
