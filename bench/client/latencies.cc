#include "bench/client/latencies.h"

#include <chrono>

#include "absl/status/status.h"
#include "bench/figure.h"

namespace parlor::bench {
namespace {

int64_t SteadyNanos() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void RoundTrips::Begin() {
  began_ns_ = SteadyNanos();
}

bool RoundTrips::End() {
  const int64_t now = SteadyNanos();
  if (warm_up_left_ > 0) {
    if (--warm_up_left_ == 0) end_ns_ = now + absl::ToInt64Nanoseconds(duration_);
    return true;
  }
  micros_.push_back(static_cast<double>(now - began_ns_) / 1e3);
  return now < end_ns_ || micros_.size() < kMinRoundTrips;
}

double RoundTrips::Median() const {
  return Quantile(micros_, 0.5);
}

std::string RoundTrips::Summary() const {
  return nlohmann::json{
      {"count", micros_.size()}, {"p50", Quantile(micros_, 0.5)}, {"p99", Quantile(micros_, 0.99)}}
      .dump();
}

absl::StatusOr<nlohmann::json> ParseAnswer(const std::string& line) {
  nlohmann::json answer = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object()) return absl::InternalError("a child of the benchmark answered no JSON: " + line);
  if (answer.contains("error")) return absl::UnavailableError(answer["error"].get<std::string>());
  return answer;
}

std::string ErrorAnswer(const absl::Status& status) {
  return nlohmann::json{{"error", status.ToString()}}.dump();
}

}  // namespace parlor::bench
