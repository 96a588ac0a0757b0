// What a member has done as a neighbour, and may still do. It is kept for a while when it is none any more:
// who leaves and comes back does not begin anew. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_PEER_CONDUCT_H_
#define PARLOR_CLIENT_OVERLAY_PEER_CONDUCT_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/container/btree_map.h"
#include "absl/time/time.h"
#include "client/overlay/gossip_id.h"
#include "client/overlay/overlay_options.h"
#include "client/overlay/token_bucket.h"

namespace parlor::client::overlay {

struct PeerConduct {
  explicit PeerConduct(const OverlayOptions& options)
      : own_messages(options.own_messages_per_second, options.own_messages_burst),
        frames(options.frames_per_second, options.frames_burst),
        answers(options.answers_per_second, options.answers_burst),
        stranger_frames(options.stranger_frames_per_second, options.stranger_frames_burst) {}

  uint64_t duplicates = 0;        // within a while, which began
  uint64_t duplicates_after = 0;  // after so many messages had come, from anybody
  absl::Time duplicates_since = absl::InfinitePast();
  int unanswered_wants = 0;
  absl::Time unanswered_at = absl::InfinitePast();  // the last of these
  int look_ups = 0;                                 // in history, under way
  TokenBucket own_messages;
  TokenBucket frames;
  TokenBucket answers;          // in bytes
  TokenBucket stranger_frames;  // while it is linked and no neighbour
};

// At most kMaxRemembered in all: of those who are gone, who came least lately is forgotten. Those who are
// here are held by the view, and never are.
class PeerConducts {
 public:
  static constexpr size_t kMaxRemembered = 1'024;

  explicit PeerConducts(const OverlayOptions& options) : options_(options) {}

  // Of somebody who is here, for as long as it is held.
  std::shared_ptr<PeerConduct> Of(const PeerId& peer);

 private:
  struct Entry {
    std::shared_ptr<PeerConduct> conduct;
    uint64_t seen = 0;  // a number that grows
  };

  void ForgetOne();

  const OverlayOptions& options_;
  absl::btree_map<PeerId, Entry> all_;
  uint64_t seen_ = 0;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_PEER_CONDUCT_H_
