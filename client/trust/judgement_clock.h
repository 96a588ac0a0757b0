// The time that validity is judged at. While a service is heard from: now. While it is away: its last moment,
// for at most 7 days, so that people who talk go on talking. And for 50 s after its return still that moment:
// others come back a little later, and with them their new certificates and tickets (DESIGN §2: strictly
// again within 60 s).
#ifndef PARLOR_CLIENT_TRUST_JUDGEMENT_CLOCK_H_
#define PARLOR_CLIENT_TRUST_JUDGEMENT_CLOCK_H_

#include "absl/time/time.h"

namespace parlor::client {

inline constexpr absl::Duration kMaxJudgedOffline = absl::Hours(7 * 24);
inline constexpr absl::Duration kStrictAfterReturn = absl::Seconds(50);

// Pure; all times are the server's.
class JudgementClock {
 public:
  // What last_strict() was in an earlier process.
  void Restore(absl::Time last_strict) { last_strict_ = last_strict; }

  void Heard(absl::Time now);
  void Lost();

  bool live() const { return live_; }
  // InfinitePast: the service was never heard from.
  absl::Time last_strict() const { return last_strict_; }
  // From when on everything is judged by the present; InfiniteFuture while the service is away.
  absl::Time strict_from() const { return live_ ? strict_from_ : absl::InfiniteFuture(); }

  // Never later than `now`.
  absl::Time AsOf(absl::Time now) const;

 private:
  bool live_ = false;
  bool was_away_ = false;
  absl::Time strict_from_ = absl::InfinitePast();
  absl::Time last_strict_ = absl::InfinitePast();
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_TRUST_JUDGEMENT_CLOCK_H_
