// The overlay's dice, from a seed: a run can be repeated.
#ifndef PARLOR_CLIENT_OVERLAY_RANDOM_H_
#define PARLOR_CLIENT_OVERLAY_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>

#include "absl/time/time.h"

namespace parlor::client::overlay {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  uint64_t Next() { return engine_(); }
  // 0 to below - 1; `below` is not 0.
  size_t Below(size_t below) { return static_cast<size_t>(engine_() % below); }
  // `duration` ± 25 %, so that what began together does not stay together.
  absl::Duration Jitter(absl::Duration duration) {
    return duration * (0.75 + 0.5 * static_cast<double>(Below(1'001)) / 1'000);
  }
  template <typename Sequence>
  void Shuffle(Sequence& sequence) {
    for (size_t i = sequence.size(); i > 1; --i) std::swap(sequence[i - 1], sequence[Below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_RANDOM_H_
