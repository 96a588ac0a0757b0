// How much later a message comes along the tree than the first announcement of it: what is announced is asked
// for only when it is later than that. Estimated as TCP does its retransmission timeout (RFC 6298). Pure.
#ifndef PARLOR_CLIENT_OVERLAY_LAG_H_
#define PARLOR_CLIENT_OVERLAY_LAG_H_

#include <algorithm>

#include "absl/time/time.h"

namespace parlor::client::overlay {

class Lag {
 public:
  Lag(absl::Duration first, absl::Duration least, absl::Duration most)
      : least_(least), most_(most), mean_(first / 2), deviation_(first / 8) {}

  void Sample(absl::Duration lag) {
    deviation_ = 0.75 * deviation_ + 0.25 * absl::AbsDuration(mean_ - lag);
    mean_ = 0.875 * mean_ + 0.125 * lag;
  }

  absl::Duration patience() const { return std::clamp(mean_ + 4 * deviation_, least_, most_); }

 private:
  const absl::Duration least_;
  const absl::Duration most_;
  absl::Duration mean_;
  absl::Duration deviation_;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_LAG_H_
