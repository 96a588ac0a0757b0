#include "client/cli/signal_stop.h"

#include <csignal>
#include <utility>

namespace parlor::client {

void IgnoreWriteSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

namespace {

bool IsIgnored(int signal) {
  struct sigaction now = {};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

SignalStop::SignalStop(AsioLoop& loop, std::function<void()> on_stop)
    : signals_(loop.context(), SIGINT, SIGTERM) {
  if (!IsIgnored(SIGHUP)) signals_.add(SIGHUP);  // nohup(1) wants it to go on
  signals_.async_wait([this, on_stop = std::move(on_stop)](const asio::error_code& error, int) {
    if (error) return;
    signals_.clear();  // the defaults are back
    on_stop();
  });
}

}  // namespace parlor::client
