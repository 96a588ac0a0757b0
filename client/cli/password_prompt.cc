#include "client/cli/password_prompt.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace parlor::client {
namespace {

// Signals wait while the echo is off: nothing may end the process in between.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGQUIT}) sigaddset(&held, signal);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_;
};

constexpr char kInterrupt = 3;  // Ctrl-C

// The terminal still edits the line. Ctrl-C ends it and comes as a byte, since its signal would wait.
absl::StatusOr<termios> SwitchOffEcho(int tty) {
  termios before = {};
  if (::tcgetattr(tty, &before) != 0) {
    return absl::FailedPreconditionError("there is no terminal to ask for a password: use --password-stdin");
  }
  termios quiet = before;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
  quiet.c_cc[VEOL] = kInterrupt;
  if (::tcsetattr(tty, TCSAFLUSH, &quiet) != 0)
    return absl::ErrnoToStatus(errno, "cannot hide what is typed");
  return before;
}

void Print(int tty, const std::string& text) {
  (void)!::write(tty, text.data(), text.size());  // a prompt that cannot be shown stops nobody from typing
}

}  // namespace

absl::StatusOr<std::string> ReadSecretLine(int fd) {
  std::string line;
  char c = 0;
  while (true) {
    const ssize_t count = ::read(fd, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || c == '\n') break;
    line += c;
    if (c == kInterrupt) return absl::AbortedError("no password was given");
    if (line.size() > kMaxPasswordBytes) {
      return absl::InvalidArgumentError("the password on standard input is far too long");
    }
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty()) return absl::InvalidArgumentError("there is no password on standard input");
  return line;
}

absl::StatusOr<std::string> AskSecret(const std::string& prompt) {
  const int tty = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (tty < 0) {
    return absl::FailedPreconditionError("there is no terminal to ask for a password: use --password-stdin");
  }
  const absl::Cleanup close_tty = [tty] { ::close(tty); };
  const SignalsHeld held;
  PARLOR_ASSIGN_OR_RETURN(const termios before, SwitchOffEcho(tty));
  Print(tty, prompt);
  absl::StatusOr<std::string> secret = ReadSecretLine(tty);
  ::tcsetattr(tty, TCSAFLUSH, &before);
  Print(tty, "\n");
  if (!secret.ok()) return absl::AbortedError("no password was given");
  return secret;
}

}  // namespace parlor::client
