#include "bench/services/workers.h"

#include <atomic>
#include <iostream>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/status.h"

namespace parlor::bench {
namespace {

constexpr absl::Duration kProgressEvery = absl::Seconds(10);

// The first error of several threads, at which all of them end.
class FirstError {
 public:
  bool Keep(const absl::Status& status) {
    if (status.ok()) return true;
    absl::MutexLock lock(&mutex_);
    if (status_.ok()) status_ = status;
    failed_ = true;
    return false;
  }
  bool failed() const { return failed_; }
  absl::Status status() const {
    absl::MutexLock lock(&mutex_);
    return status_;
  }

 private:
  std::atomic<bool> failed_ = false;
  mutable absl::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

void RunThreads(int count, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

absl::StatusOr<Repeated> Repeat(int threads, absl::Duration warm_up, absl::Duration measured,
                                const Work& work) {
  const absl::Time from = absl::Now() + warm_up;
  const absl::Time until = from + measured;
  FirstError error;
  std::atomic<int64_t> all = 0;
  std::vector<std::vector<double>> seconds(static_cast<size_t>(threads));
  RunThreads(threads, [&](int worker) {
    while (!error.failed()) {
      const absl::Time start = absl::Now();
      if (start >= until || !error.Keep(work(worker))) return;
      ++all;
      const absl::Time end = absl::Now();
      if (end < from || end >= until) continue;
      seconds[static_cast<size_t>(worker)].push_back(absl::ToDoubleSeconds(end - start));
    }
  });
  PARLOR_RETURN_IF_ERROR(error.status());
  Repeated repeated;
  repeated.all = all;
  for (const std::vector<double>& of_one : seconds) {
    repeated.seconds.insert(repeated.seconds.end(), of_one.begin(), of_one.end());
  }
  repeated.per_second = static_cast<double>(repeated.seconds.size()) / absl::ToDoubleSeconds(measured);
  return repeated;
}

absl::StatusOr<absl::Duration> ForEach(int threads, int count, const char* what,
                                       const std::function<absl::Status(int index)>& work) {
  const absl::Time start = absl::Now();
  FirstError error;
  std::atomic<int> next = 0;
  RunThreads(threads, [&](int worker) {
    absl::Time told = start;
    for (int index = next++; index < count && !error.failed(); index = next++) {
      if (!error.Keep(work(index))) return;
      if (worker != 0 || absl::Now() - told < kProgressEvery) continue;
      told = absl::Now();
      std::cerr << "parlor-bench: " << index << " of " << count << " " << what << "\n";
    }
  });
  PARLOR_RETURN_IF_ERROR(error.status());
  return absl::Now() - start;
}

}  // namespace parlor::bench
