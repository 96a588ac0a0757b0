#include "services/auth/password/hash_gate.h"

#include <algorithm>
#include <thread>

#include "absl/time/clock.h"
#include "base/retry.h"

namespace parlor::auth {
namespace {

constexpr absl::Duration kFirstGuess = absl::Milliseconds(20);  // 19 MiB, two passes, one core

size_t OrCores(size_t wanted) {
  return wanted != 0 ? wanted : std::max<size_t>(1, std::thread::hardware_concurrency());
}

}  // namespace

HashGate::HashGate(const HashGateOptions& options)
    : limit_(OrCores(options.running)), max_waiting_(options.waiting), typical_(kFirstGuess) {}

absl::StatusOr<HashGate::Turn> HashGate::Enter() {
  absl::MutexLock lock(&mutex_);
  if (!MayRun()) {
    if (waiting_ >= max_waiting_) {
      return WithRetryAfter(
          absl::ResourceExhaustedError("too many people are logging in at this moment: try again soon"),
          std::max(TimeToClear(), absl::Seconds(1)));
    }
    ++waiting_;
    mutex_.Await(absl::Condition(this, &HashGate::MayRun));
    --waiting_;
  }
  ++running_;
  return Turn(this);
}

size_t HashGate::running() const {
  absl::MutexLock lock(&mutex_);
  return running_;
}

size_t HashGate::waiting() const {
  absl::MutexLock lock(&mutex_);
  return waiting_;
}

void HashGate::Leave(absl::Duration took) {
  constexpr int kSmoothing = 8;  // a hash in eight is enough to follow a machine that becomes busy
  absl::MutexLock lock(&mutex_);
  --running_;
  typical_ += (took - typical_) / kSmoothing;
}

absl::Duration HashGate::TimeToClear() const {
  return typical_ * static_cast<int64_t>(running_ + waiting_) / static_cast<int64_t>(limit_);
}

HashGate::Turn::Turn(HashGate* gate) : gate_(gate), since_(absl::Now()) {}
HashGate::Turn::Turn(Turn&& other) noexcept : gate_(other.gate_), since_(other.since_) {
  other.gate_ = nullptr;
}
HashGate::Turn::~Turn() {
  if (gate_ != nullptr) gate_->Leave(std::max(absl::Now() - since_, absl::ZeroDuration()));
}

}  // namespace parlor::auth
