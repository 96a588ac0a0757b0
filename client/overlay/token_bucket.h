// How often something may happen: so many a second on average, so many at once. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_TOKEN_BUCKET_H_
#define PARLOR_CLIENT_OVERLAY_TOKEN_BUCKET_H_

#include <algorithm>

#include "absl/time/time.h"

namespace parlor::client::overlay {

class TokenBucket {
 public:
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), left_(burst) {}

  // False: too often. A time before the last one counts as that.
  bool TryTake(absl::Time now, double cost = 1) {
    if (now > at_) {
      left_ = std::min(burst_, left_ + absl::ToDoubleSeconds(now - at_) * per_second_);
      at_ = now;
    }
    if (left_ < cost) return false;
    left_ -= cost;
    return true;
  }

  // After the fact: what is owed then has to come back before anything is to be had.
  void Charge(absl::Time now, double cost) {
    (void)TryTake(now, 0);
    left_ -= cost;
  }
  // As if nothing had ever been taken.
  bool full(absl::Time now) const {
    return left_ >= burst_ || left_ + absl::ToDoubleSeconds(now - at_) * per_second_ >= burst_;
  }

 private:
  double per_second_;
  double burst_;
  double left_;
  absl::Time at_ = absl::InfinitePast();
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_TOKEN_BUCKET_H_
