#include "client/overlay/peer_conduct.h"

namespace parlor::client::overlay {

std::shared_ptr<PeerConduct> PeerConducts::Of(const PeerId& peer) {
  if (!all_.contains(peer) && all_.size() >= kMaxRemembered) ForgetOne();
  Entry& entry = all_[peer];
  if (entry.conduct == nullptr) entry.conduct = std::make_shared<PeerConduct>(options_);
  entry.seen = ++seen_;
  return entry.conduct;
}

void PeerConducts::ForgetOne() {
  auto oldest = all_.end();
  for (auto entry = all_.begin(); entry != all_.end(); ++entry) {
    const bool gone = entry->second.conduct.use_count() == 1;
    if (gone && (oldest == all_.end() || entry->second.seen < oldest->second.seen)) oldest = entry;
  }
  if (oldest != all_.end()) all_.erase(oldest);
}

}  // namespace parlor::client::overlay
