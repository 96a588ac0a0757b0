// How often people are to be heard, and answered: so that being here costs little, however many they are.
// Pure.
#ifndef PARLOR_SERVICES_PRESENCE_PACE_H_
#define PARLOR_SERVICES_PRESENCE_PACE_H_

#include <algorithm>
#include <cstddef>

#include "absl/time/time.h"

namespace parlor::presence {

struct PaceOptions {
  // Few people are heard every StreamOptions::heartbeat (5 s); more of them seldomer, so that there are no
  // more than so many heartbeats a second: 500 cost some 5 % of a core (docs/performance.md).
  double heartbeats_per_second = 500;
  // But not as seldom as this many times the shortest (20 s): who vanishes is missed after three.
  double longest = 4;
  // A heartbeat is answered when the next one would come later than this after the last answer (30 s).
  double answer = 6;
};

// What people are told who connect, or are answered, while there are `streams`.
inline absl::Duration HeartbeatFor(const PaceOptions& options, absl::Duration shortest, size_t streams) {
  const absl::Duration fair = absl::Seconds(static_cast<double>(streams) / options.heartbeats_per_second);
  return std::clamp(fair, shortest, shortest * options.longest);
}

inline absl::Duration AnswerEvery(const PaceOptions& options, absl::Duration shortest) {
  return shortest * options.answer;
}

// Whether the heartbeat that comes at `now` is answered; the last answer was at `answered`, InfinitePast:
// never.
inline bool MustAnswer(const PaceOptions& options, absl::Duration shortest, absl::Duration heartbeat,
                       absl::Time answered, absl::Time now) {
  return now + heartbeat >= answered + AnswerEvery(options, shortest);
}

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_PACE_H_
