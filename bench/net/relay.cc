#include "bench/net/relay.h"

#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status.h"

namespace parlor::bench {
namespace {

constexpr int kAtOnce = 64;  // packets of a side, before the others have their turn
constexpr std::chrono::hours kForever(1);

volatile std::sig_atomic_t ended = 0;

// Signals that end the relay come while it waits, and at no other time.
absl::StatusOr<sigset_t> ListenToSignals() {
  struct sigaction action {};
  action.sa_handler = [](int) { ended = 1; };
  sigset_t waiting;
  pthread_sigmask(SIG_SETMASK, nullptr, &waiting);
  for (const int signal : {SIGTERM, SIGINT}) {
    if (sigaction(signal, &action, nullptr) != 0) return absl::ErrnoToStatus(errno, "sigaction");
    sigdelset(&waiting, signal);
  }
  return waiting;
}

}  // namespace

Relay::Relay() : buffer_(TunDevice::kMaxPacket) {}

absl::StatusOr<std::unique_ptr<Relay>> Relay::Make(const std::vector<Side>& sides,
                                                   const DelayLine::Options& line) {
  std::unique_ptr<Relay> relay(new Relay());
  DelayLine::Options options = line;
  for (const Side& side : sides) {
    PARLOR_ASSIGN_OR_RETURN(auto device, TunDevice::Make(side.device));
    if (!relay->by_address_.emplace(side.address, device.get()).second) {
      return absl::InvalidArgumentError(absl::StrCat(side.device, " has the address of another side"));
    }
    relay->ports_.push_back({std::move(device), DelayLine(options)});
    ++options.seed;
  }
  return relay;
}

absl::Status Relay::Run() {
  // Timers of this thread may be late by a microsecond, instead of 50.
  if (prctl(PR_SET_TIMERSLACK, 1'000) != 0) return absl::ErrnoToStatus(errno, "PR_SET_TIMERSLACK");
  PARLOR_ASSIGN_OR_RETURN(const sigset_t waiting, ListenToSignals());
  std::vector<pollfd> files;
  for (const Port& port : ports_) files.push_back({port.device->file(), POLLIN, 0});
  while (ended == 0) {
    const DelayLine::Time now = std::chrono::steady_clock::now();
    DelayLine::Time next = now + kForever;
    for (Port& port : ports_) {
      Deliver(port, now);
      next = std::min(next, port.line.due().value_or(next));
    }
    const timespec wait = absl::ToTimespec(absl::FromChrono(next - now));
    const int readable = ppoll(files.data(), files.size(), &wait, &waiting);
    if (readable < 0 && errno != EINTR) return absl::ErrnoToStatus(errno, "ppoll");
    for (size_t i = 0; readable > 0 && i < files.size(); ++i) {
      if (files[i].revents != 0) Receive(ports_[i]);
    }
  }
  return absl::OkStatus();
}

const TunDevice* Relay::DeviceFor(absl::string_view packet) const {
  const std::optional<Ipv4> to = Destination(packet);
  const auto found = to.has_value() ? by_address_.find(*to) : by_address_.end();
  return found == by_address_.end() ? nullptr : found->second;
}

// What goes nowhere is thrown away before the line: it comes when the kernel likes (neighbours, groups), and
// would change who is lost.
void Relay::Receive(Port& port) {
  for (int i = 0; i < kAtOnce; ++i) {
    const std::optional<absl::string_view> packet = port.device->Read(absl::MakeSpan(buffer_));
    if (!packet.has_value()) return;
    if (DeviceFor(*packet) == nullptr) {
      ++counts_.strange;
    } else {
      port.line.Take(*packet, std::chrono::steady_clock::now());
    }
  }
}

void Relay::Deliver(Port& port, DelayLine::Time now) {
  while (const std::optional<std::string> packet = port.line.Next(now)) {
    ++(DeviceFor(*packet)->Write(*packet) ? counts_.forwarded : counts_.refused);
  }
}

Relay::Counts Relay::counts() const {
  Counts counts = counts_;
  for (const Port& port : ports_) {
    counts.lines.taken += port.line.counts().taken;
    counts.lines.lost += port.line.counts().lost;
    counts.lines.overflow += port.line.counts().overflow;
  }
  return counts;
}

}  // namespace parlor::bench
