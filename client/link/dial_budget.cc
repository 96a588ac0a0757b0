#include "client/link/dial_budget.h"

#include <iterator>

namespace parlor::client {

bool DialBudget::TryTake(const PeerAddress& address, absl::Duration now) {
  if (dials_.size() >= kMaxAddresses) Forget(now);
  const auto known = dials_.find(address);
  if (known == dials_.end() && dials_.size() >= kMaxAddresses) return false;

  Recent& recent = known != dials_.end() ? known->second : dials_[address];
  if (now - recent.oldest() < kWindow) return false;
  recent.at[recent.next] = now;
  recent.next = (recent.next + 1) % kPerWindow;
  return true;
}

void DialBudget::Forget(absl::Duration now) {
  for (auto it = dials_.begin(); it != dials_.end();) {
    it = now - it->second.newest() >= kWindow ? dials_.erase(it) : std::next(it);
  }
}

}  // namespace parlor::client
