#include "services/common/signals.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace parlor::service {
namespace {

// Runs `body` in a process of its own and returns how that ended (waitpid).
template <typename Body>
int StatusOfChild(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(Signals, DrainsAfterEitherSignal) {
  for (const int signal_number : {SIGTERM, SIGINT}) {
    const int status = StatusOfChild([signal_number] {
      SignalWaiter signals;
      ::kill(::getpid(), signal_number);
      RunUntilSignal(signals, [] { ::_exit(42); });
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 42);
  }
}

TEST(Signals, ASecondOneEndsTheProcessWhileItDrains) {
  const int status = StatusOfChild([] {
    SignalWaiter signals;
    ::kill(::getpid(), SIGTERM);
    RunUntilSignal(signals, [] { ::kill(::getpid(), SIGINT); });
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
}

}  // namespace
}  // namespace parlor::service
