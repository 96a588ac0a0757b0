// A terminal that gives every key at once and echoes nothing (termios), for as long as this lives.
#ifndef PARLOR_CLIENT_UI_LINE_RAW_TERMINAL_H_
#define PARLOR_CLIENT_UI_LINE_RAW_TERMINAL_H_

#include <termios.h>

#include <memory>

#include "absl/status/statusor.h"

namespace parlor::client {

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};

class RawTerminal {
 public:
  // `fd` stays the caller's. FAILED_PRECONDITION: it is no terminal.
  static absl::StatusOr<std::unique_ptr<RawTerminal>> Open(int fd);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  TerminalSize size() const;

 private:
  RawTerminal(int fd, const termios& before) : fd_(fd), before_(before) {}

  const int fd_;
  const termios before_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_RAW_TERMINAL_H_
