// Who has stored what, on its way back to the authors: each member collects what those beyond it have, and
// sends it on the way that the messages came, so that a digest grows with the members that it names, and no
// member sends more than one in a while. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_ACKNOWLEDGEMENTS_H_
#define PARLOR_CLIENT_OVERLAY_ACKNOWLEDGEMENTS_H_

#include <cstdint>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "client/overlay/context.h"

namespace parlor::client::overlay {

// Remembers the streams of the last options.refresh_window only.
class Acknowledgements {
 public:
  Acknowledgements(Context& context, MemberTag self) : context_(context), self_(self) {}

  // This member has stored the stream up to there.
  void OnStored(StreamId stream, uint64_t up_to, absl::Time now);
  void OnAcks(const peer::v1::RoomGossip& gossip, absl::Time now);
  // What nobody was there for goes now.
  void OnNeighbourUp(absl::Time now);
  // What went that way may be lost.
  void OnNeighbourDown(const PeerId& peer, absl::Time now);

  void OnTimer(absl::Time now);
  absl::Time next_wake() const { return flush_at_; }

 private:
  struct Known {
    absl::Time changed;
    absl::btree_map<MemberTag, uint64_t> up_to;
    absl::btree_set<MemberTag> unsent;
  };

  void Note(StreamId stream, MemberTag member, uint64_t up_to, absl::Time now);
  void Schedule(absl::Time now);
  // Returns how many members it named, at most `limit`.
  size_t Flush(StreamId id, Known& known, size_t limit);
  // By whom the author is reached; null: nobody knows.
  Neighbour* WayBack(StreamId id) const;
  void Forget(absl::Time now);

  Context& context_;
  const MemberTag self_;
  absl::flat_hash_map<StreamId, Known> known_;  // at most options.streams; what comes then is dropped
  size_t entries_ = 0;                          // members in known_, of all streams: bounded, too
  absl::Time flush_at_ = absl::InfiniteFuture();
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_ACKNOWLEDGEMENTS_H_
