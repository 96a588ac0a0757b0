#include "client/ui/line/raw_terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace parlor::client {
namespace {

class RawTerminalTest : public ::testing::Test {
 protected:
  RawTerminalTest() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0)
      ADD_FAILURE() << "no terminal to be had";
    terminal_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  ~RawTerminalTest() override {
    ::close(terminal_);
    ::close(master_);
  }
  termios Settings() const {
    termios settings = {};
    ::tcgetattr(terminal_, &settings);
    return settings;
  }

  int master_;
  int terminal_ = -1;
};

TEST_F(RawTerminalTest, GivesEveryKeyAtOnceAndIsItselfAgainAfterwards) {
  const termios before = Settings();
  {
    const auto raw = RawTerminal::Open(terminal_);
    ASSERT_TRUE(raw.ok()) << raw.status();
    EXPECT_EQ(Settings().c_lflag & static_cast<tcflag_t>(ECHO | ICANON | ISIG), 0u);
    ASSERT_EQ(::write(master_, "\x03", 1), 1);
    char key = 0;
    ASSERT_EQ(::read(terminal_, &key, 1), 1);
    EXPECT_EQ(key, 3);
  }
  EXPECT_EQ(Settings().c_lflag, before.c_lflag);
  EXPECT_EQ(Settings().c_iflag, before.c_iflag);
}

TEST_F(RawTerminalTest, KnowsItsSize) {
  const auto raw = RawTerminal::Open(terminal_);
  ASSERT_TRUE(raw.ok());
  EXPECT_EQ((*raw)->size().columns, 80);  // nobody has said
  const winsize size = {50, 132, 0, 0};
  ::ioctl(master_, TIOCSWINSZ, &size);
  EXPECT_EQ((*raw)->size().columns, 132);
  EXPECT_EQ((*raw)->size().rows, 50);
}

TEST_F(RawTerminalTest, APipeIsNone) {
  int pipe[2];
  ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
  EXPECT_FALSE(RawTerminal::Open(pipe[0]).ok());
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace parlor::client
