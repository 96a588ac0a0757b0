// How often one address may be dialled, so that nobody can use people's clients to flood a third party, under
// however many names its address is told. Pure: the time is handed in.
#ifndef PARLOR_CLIENT_LINK_DIAL_BUDGET_H_
#define PARLOR_CLIENT_LINK_DIAL_BUDGET_H_

#include <array>
#include <cstddef>

#include "absl/container/btree_map.h"
#include "absl/time/time.h"
#include "base/net/address.h"

namespace parlor::client {

// Allows kPerWindow dials of an IP address and port within any kWindow.
class DialBudget {
 public:
  static constexpr size_t kPerWindow = 3;
  static constexpr absl::Duration kWindow = absl::Minutes(1);
  // Addresses remembered. A client that dialled that many within a minute may dial none beside them until the
  // oldest are forgotten: to refuse is the safe side.
  static constexpr size_t kMaxAddresses = 4096;

  // True, and counted, if `address` may be dialled at `now` (Loop::Uptime, never goes back).
  bool TryTake(const PeerAddress& address, absl::Duration now);

  size_t remembered() const { return dials_.size(); }

 private:
  // When the last dials were made, the oldest one at `next`.
  struct Recent {
    Recent() { at.fill(-absl::InfiniteDuration()); }
    std::array<absl::Duration, kPerWindow> at;
    size_t next = 0;

    absl::Duration oldest() const { return at[next]; }
    absl::Duration newest() const { return at[(next + kPerWindow - 1) % kPerWindow]; }
  };

  void Forget(absl::Duration now);

  absl::btree_map<PeerAddress, Recent> dials_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_DIAL_BUDGET_H_
