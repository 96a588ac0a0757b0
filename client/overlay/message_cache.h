// The latest messages, for those who missed them; older ones are history's. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_MESSAGE_CACHE_H_
#define PARLOR_CLIENT_OVERLAY_MESSAGE_CACHE_H_

#include <cstddef>
#include <deque>

#include "absl/container/flat_hash_map.h"
#include "client/overlay/gossip_id.h"
#include "client/overlay/overlay_options.h"

namespace parlor::client::overlay {

// At most options.cached_messages of options.cached_bytes: the oldest go.
class MessageCache {
 public:
  explicit MessageCache(const OverlayOptions& options) : options_(options) {}

  void Add(const Payload& payload) {
    if (!messages_.emplace(Key(payload.id), payload).second) return;
    order_.push_back(payload.id);
    bytes_ += payload.bytes->size();
    while (order_.size() > options_.cached_messages || bytes_ > options_.cached_bytes) {
      const auto oldest = messages_.find(Key(order_.front()));
      bytes_ -= oldest->second.bytes->size();
      messages_.erase(oldest);
      order_.pop_front();
    }
  }

  const Payload* Find(const GossipId& id) const {
    const auto found = messages_.find(Key(id));
    return found == messages_.end() ? nullptr : &found->second;
  }

  size_t size() const { return order_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  using IdKey = std::pair<StreamId, uint64_t>;
  static IdKey Key(const GossipId& id) { return {id.stream, id.number}; }

  const OverlayOptions& options_;
  absl::flat_hash_map<IdKey, Payload> messages_;
  std::deque<GossipId> order_;
  size_t bytes_ = 0;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_MESSAGE_CACHE_H_
