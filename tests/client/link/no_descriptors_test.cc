// On the release build only: sanitizers need descriptors themselves, and report what is not there when they
// get none.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

#include "gtest/gtest.h"
#include "tests/client/link/tcp_fixture.h"

namespace parlor::client {
namespace {

using asio::ip::tcp;

// The process may open no more descriptors while this lives.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = dup(0);
    close(lowest_free);
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(lowest_free);
    setrlimit(RLIMIT_NOFILE, &now);
  }
  ~NoMoreDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

using NoDescriptorsTest = TcpTest;

TEST_F(NoDescriptorsTest, WithoutDescriptorsItBacksOffAndComesBack) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  tcp::socket waiting = Plain(bob.at(), "127.0.0.9");
  {
    const NoMoreDescriptors none;
    EXPECT_LT(loop_.context().run_for(std::chrono::milliseconds(150)), 20u) << "accepting spins";
  }
  EXPECT_TRUE(Dial(*alice.network, "bob", {bob.at()}).ok());
}

}  // namespace
}  // namespace parlor::client
