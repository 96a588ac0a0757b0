#include "client/ui/line/raw_terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace parlor::client {

absl::StatusOr<std::unique_ptr<RawTerminal>> RawTerminal::Open(int fd) {
  termios before = {};
  if (::tcgetattr(fd, &before) != 0) return absl::FailedPreconditionError("this is no terminal");
  termios raw = before;
  raw.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
  raw.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  // TCSADRAIN: what was typed ahead stays.
  if (::tcsetattr(fd, TCSADRAIN, &raw) != 0) return absl::ErrnoToStatus(errno, "cannot set up the terminal");
  return std::unique_ptr<RawTerminal>(new RawTerminal(fd, before));
}

RawTerminal::~RawTerminal() {
  ::tcsetattr(fd_, TCSADRAIN, &before_);
}

TerminalSize RawTerminal::size() const {
  winsize size = {};
  if (::ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

}  // namespace parlor::client
