// Whether neighbours answer. Who was sent something and says nothing for a while is probed, and let go if
// that is not answered either. In a quiet room nothing is sent: links have a liveness of their own. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_LIVENESS_H_
#define PARLOR_CLIENT_OVERLAY_LIVENESS_H_

#include <vector>

#include "absl/time/time.h"
#include "client/overlay/context.h"

namespace parlor::client::overlay {

class Liveness {
 public:
  explicit Liveness(Context& context) : context_(context) {}

  static void Sent(Neighbour& neighbour, absl::Time now);
  static void Heard(Neighbour& neighbour, absl::Time now);

  // Probes who is due; returns who is silent for good.
  std::vector<PeerId> OnTimer(absl::Time now);
  absl::Time next_wake() const;

  // This member was asleep itself: nobody is to blame for what it did not hear.
  void OnOwnStall(absl::Time now);

 private:
  absl::Time DueAt(const Neighbour& neighbour) const;

  Context& context_;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_LIVENESS_H_
