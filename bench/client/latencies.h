// How long each of many round trips took, and the line in which a child tells its parent.
#ifndef PARLOR_BENCH_CLIENT_LATENCIES_H_
#define PARLOR_BENCH_CLIENT_LATENCIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {

// Each half of a pair measures at least so many round trips, however short its time is, ...
inline constexpr int kMinRoundTrips = 2'000;
// ... after so many that do not count.
inline constexpr int kWarmUpRoundTrips = 500;

// Counts round trips of one half, the warm-up first.
class RoundTrips {
 public:
  explicit RoundTrips(absl::Duration duration) : duration_(duration) {}

  // One begins; and it has ended. False: enough were measured.
  void Begin();
  bool End();

  double Median() const;  // microseconds
  // {"count":…,"p50":…,"p99":…}, microseconds.
  std::string Summary() const;

 private:
  const absl::Duration duration_;
  int64_t began_ns_ = 0;
  int64_t end_ns_ = 0;
  int warm_up_left_ = kWarmUpRoundTrips;
  std::vector<double> micros_;
};

// What Summary() told, or the error that a child told instead ({"error":…}).
absl::StatusOr<nlohmann::json> ParseAnswer(const std::string& line);
std::string ErrorAnswer(const absl::Status& status);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_LATENCIES_H_
