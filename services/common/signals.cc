#include "services/common/signals.h"

#include <pthread.h>
#include <signal.h>

namespace parlor::service {
namespace {

sigset_t Awaited() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

SignalWaiter::SignalWaiter() {
  const sigset_t set = Awaited();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // What they stand for is then an error of the call that writes: a peer that is gone, a full disk.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

int SignalWaiter::Wait() {
  const sigset_t set = Awaited();
  int signal_number = 0;
  sigwait(&set, &signal_number);
  signal(SIGTERM, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  return signal_number;
}

void RunUntilSignal(SignalWaiter& signals, const std::function<void()>& drain) {
  signals.Wait();
  drain();
}

}  // namespace parlor::service
