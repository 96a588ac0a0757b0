// What was written and who got it, as the network sees it: the protocol's own idea of that is not asked.
#ifndef PARLOR_CLIENT_OVERLAY_SIMULATOR_LEDGER_H_
#define PARLOR_CLIENT_OVERLAY_SIMULATOR_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "client/overlay/gossip_id.h"
#include "client/overlay/simulator/network.h"

namespace parlor::client::overlay::simulator {

class Ledger {
 public:
  struct Entry {
    Payload payload;
    MemberIndex author = 0;
    absl::Time written;
    uint64_t copies = 0;    // payload frames that arrived, anywhere
    uint64_t receipts = 0;  // first ones
    uint32_t last_hop = 0;  // of first receipts
    std::vector<bool> got;
    std::vector<std::pair<MemberIndex, absl::Duration>> took;
    size_t acknowledged = 0;  // members of whom the author knows that they stored it
  };

  // A message of `author`, whose stream is its index.
  const Payload& Write(MemberIndex author, absl::Time now);
  // Whether that is what the author wrote.
  bool IsGenuine(const Payload& payload) const;
  // A frame arrived; `hops` links from the author.
  void OnArrival(MemberIndex member, const Payload& payload, absl::Time now);

  Entry* Find(const GossipId& id);
  const std::vector<std::unique_ptr<Entry>>& entries() const { return entries_; }

 private:
  std::vector<std::unique_ptr<Entry>> entries_;
  absl::flat_hash_map<std::pair<StreamId, uint64_t>, Entry*> by_id_;
  absl::flat_hash_map<StreamId, uint64_t> last_;
};

}  // namespace parlor::client::overlay::simulator

#endif  // PARLOR_CLIENT_OVERLAY_SIMULATOR_LEDGER_H_
