#include "client/trust/judgement_clock.h"

#include <algorithm>
#include <utility>

namespace parlor::client {

void JudgementClock::Heard(absl::Time now) {
  live_ = true;
  if (std::exchange(was_away_, false)) strict_from_ = now + kStrictAfterReturn;
  if (now >= strict_from_) last_strict_ = std::max(last_strict_, now);
}

void JudgementClock::Lost() {
  live_ = false;
  was_away_ = true;
}

absl::Time JudgementClock::AsOf(absl::Time now) const {
  const bool strict = now >= strict_from() || last_strict_ == absl::InfinitePast();
  if (strict || now - last_strict_ > kMaxJudgedOffline) return now;
  return std::min(now, last_strict_);
}

}  // namespace parlor::client
