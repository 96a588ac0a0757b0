#include "client/metrics/reporter.h"

#include <utility>

namespace parlor::client {

Reporter::Reporter(Loop& loop, ClientMetrics& metrics, std::function<CoreFigures()> figures,
                   std::function<void(std::string)> write)
    : loop_(loop), metrics_(metrics), figures_(std::move(figures)), write_(std::move(write)) {
  write_(metrics_.Text(figures_(), /*running=*/true));
  Await();
}

Reporter::~Reporter() {
  write_(metrics_.Text(figures_(), /*running=*/false));
}

void Reporter::Await() {
  due_ = loop_.Uptime() + kSampleEvery;
  timer_ = loop_.After(kSampleEvery, [this] { Sample(); });
}

void Reporter::Sample() {
  metrics_.ObserveLag(loop_.Uptime() - due_);
  if (++samples_ >= kSamplesAWrite) {
    samples_ = 0;
    write_(metrics_.Text(figures_(), /*running=*/true));
  }
  Await();
}

}  // namespace parlor::client
