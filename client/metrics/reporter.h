// Looks at a client once a second, and hands on what was counted every few.
#ifndef PARLOR_CLIENT_METRICS_REPORTER_H_
#define PARLOR_CLIENT_METRICS_REPORTER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "client/core/figures.h"
#include "client/loop/loop.h"
#include "client/metrics/client_metrics.h"

namespace parlor::client {

// Loop thread only.
class Reporter {
 public:
  static constexpr absl::Duration kSampleEvery = absl::Seconds(1);
  static constexpr int kSamplesAWrite = 5;

  // All outlive this. Writes at once.
  Reporter(Loop& loop, ClientMetrics& metrics, std::function<CoreFigures()> figures,
           std::function<void(std::string)> write);
  // Writes once more, as of a client that has ended.
  ~Reporter();
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

 private:
  void Sample();
  void Await();

  Loop& loop_;
  ClientMetrics& metrics_;
  const std::function<CoreFigures()> figures_;
  const std::function<void(std::string)> write_;
  absl::Duration due_;  // uptime of the next sample
  int samples_ = 0;     // since the last write
  std::unique_ptr<Timer> timer_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_METRICS_REPORTER_H_
