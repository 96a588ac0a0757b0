// A cable that takes its time and loses packets by luck. No devices and no clock.
#ifndef PARLOR_BENCH_NET_DELAY_LINE_H_
#define PARLOR_BENCH_NET_DELAY_LINE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>

#include "absl/strings/string_view.h"

namespace parlor::bench {

class DelayLine {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Options {
    std::chrono::nanoseconds delay{0};
    double loss = 0;        // part of the packets, each by itself
    uint64_t seed = 1;      // the same: the n-th packet is lost again
    size_t limit = 10'000;  // packets on their way; one more is dropped, as by a router's queue
  };
  struct Counts {
    uint64_t taken = 0;
    uint64_t lost = 0;      // by luck
    uint64_t overflow = 0;  // by the limit
  };

  explicit DelayLine(const Options& options);

  // `now` never goes back.
  void Take(absl::string_view packet, Time now);
  // The next packet that has come through, in the order in which they were taken.
  std::optional<std::string> Next(Time now);
  // When the next one will have; none is on its way.
  std::optional<Time> due() const;
  const Counts& counts() const { return counts_; }

 private:
  struct Packet {
    Time due;
    std::string bytes;
  };

  const Options options_;
  const uint64_t lost_below_;  // a packet whose number is drawn below
  std::mt19937_64 luck_;
  std::deque<Packet> under_way_;
  Counts counts_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_NET_DELAY_LINE_H_
