// SIGINT, SIGTERM and (unless nohup ignores it) SIGHUP as a wish to end, instead of handlers in which nothing
// may be called.
#ifndef PARLOR_CLIENT_CLI_SIGNAL_STOP_H_
#define PARLOR_CLIENT_CLI_SIGNAL_STOP_H_

#include <asio/signal_set.hpp>
#include <functional>

#include "client/loop/asio_loop.h"

namespace parlor::client {

// What no client may die of: a reader that went (SIGPIPE), a file that may not grow (SIGXFSZ); both are
// errors of the write then. At the start of main.
void IgnoreWriteSignals();

// Calls `on_stop` on the loop at the first signal. The second one ends the process at once.
class SignalStop {
 public:
  SignalStop(AsioLoop& loop, std::function<void()> on_stop);

 private:
  asio::signal_set signals_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_SIGNAL_STOP_H_
