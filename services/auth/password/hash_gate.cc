#include "services/auth/password/hash_gate.h"

#include <algorithm>
#include <thread>
#include <utility>

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
    : limit_(OrCores(options.running)), max_waiting_(options.waiting), typical_(kFirstGuess) {
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < limit_; ++i) free_.push_back(std::make_unique<HashMemory>());
}

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
  std::unique_ptr<HashMemory> memory = std::move(free_.back());
  free_.pop_back();
  return Turn(this, std::move(memory));
}

size_t HashGate::running() const {
  absl::MutexLock lock(&mutex_);
  return running_;
}

size_t HashGate::waiting() const {
  absl::MutexLock lock(&mutex_);
  return waiting_;
}

void HashGate::Leave(std::unique_ptr<HashMemory> memory, absl::Duration took) {
  constexpr int kSmoothing = 8;  // a hash in eight is enough to follow a machine that becomes busy
  absl::MutexLock lock(&mutex_);
  --running_;
  free_.push_back(std::move(memory));
  typical_ += (took - typical_) / kSmoothing;
}

absl::Duration HashGate::TimeToClear() const {
  return typical_ * static_cast<int64_t>(running_ + waiting_) / static_cast<int64_t>(limit_);
}

HashGate::Turn::Turn(HashGate* gate, std::unique_ptr<HashMemory> memory)
    : gate_(gate), memory_(std::move(memory)), since_(absl::Now()) {}

HashGate::Turn::~Turn() {
  if (memory_ != nullptr)
    gate_->Leave(std::move(memory_), std::max(absl::Now() - since_, absl::ZeroDuration()));
}

}  // namespace parlor::auth
