#include "bench/net/delay_line.h"

#include <cmath>
#include <limits>
#include <utility>

namespace parlor::bench {
namespace {

// The standard's distributions draw differently in each library; this comparison does not.
uint64_t LostBelow(double loss) {
  if (loss >= 1) return std::numeric_limits<uint64_t>::max();
  return static_cast<uint64_t>(std::ldexp(loss, 64));
}

}  // namespace

DelayLine::DelayLine(const Options& options)
    : options_(options), lost_below_(LostBelow(options.loss)), luck_(options.seed) {}

void DelayLine::Take(absl::string_view packet, Time now) {
  ++counts_.taken;
  // Drawn for every packet, so that the limit does not change who is lost later.
  if (luck_() < lost_below_) {
    ++counts_.lost;
  } else if (under_way_.size() >= options_.limit) {
    ++counts_.overflow;
  } else {
    under_way_.push_back({now + options_.delay, std::string(packet)});
  }
}

std::optional<std::string> DelayLine::Next(Time now) {
  if (under_way_.empty() || under_way_.front().due > now) return std::nullopt;
  std::string packet = std::move(under_way_.front().bytes);
  under_way_.pop_front();
  return packet;
}

std::optional<DelayLine::Time> DelayLine::due() const {
  if (under_way_.empty()) return std::nullopt;
  return under_way_.front().due;
}

}  // namespace parlor::bench
