// SIGTERM and SIGINT as something to wait for, instead of handlers in which nothing may be called.
#ifndef PARLOR_SERVICES_COMMON_SIGNALS_H_
#define PARLOR_SERVICES_COMMON_SIGNALS_H_

#include <functional>

namespace parlor::service {

// Make one at the start of main, before any thread: threads inherit that the signals are blocked. Ignores
// SIGPIPE and SIGXFSZ.
class SignalWaiter {
 public:
  SignalWaiter();

  // Blocks until one arrives and returns it. From then on a second one ends the process at once.
  int Wait();
};

// Waits for a signal, then calls `drain`.
void RunUntilSignal(SignalWaiter& signals, const std::function<void()>& drain);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_SIGNALS_H_
