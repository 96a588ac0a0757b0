// How messages reach everybody: Plumtree (Leitão, Pereira, Rodrigues, 2007) over the view. They are pushed
// along a tree that the first ones to arrive draw, and announced beside it; who hears of something that does
// not come asks for it (repair.h), and the link over which it comes joins the tree. In a small room authors
// push to everybody, and nobody passes anything on but what is asked for (relays.h). Pure.
#ifndef PARLOR_CLIENT_OVERLAY_BROADCAST_H_
#define PARLOR_CLIENT_OVERLAY_BROADCAST_H_

#include <cstddef>

#include "absl/time/time.h"
#include "client/overlay/context.h"
#include "client/overlay/message_cache.h"
#include "client/overlay/reference.h"

namespace parlor::client::overlay {

class Broadcast {
 public:
  Broadcast(Context& context, MessageCache& cache) : context_(context), cache_(cache) {}

  // This member's own, or one that is new here, which came from `from`. The stream knows it already.
  // Returns to how many it was pushed.
  size_t Spread(Stream& stream, const Payload& payload, const PeerId& from, absl::Time now);
  void OnDuplicate(Neighbour& from, const Stream& stream);

  void OnGraft(Neighbour& neighbour) const { neighbour.eager = true; }
  void OnPrune(Neighbour& neighbour) const { neighbour.eager = context_.mesh; }
  // `mark` says nothing new: is its way the shorter one?
  void OnKnownMark(Neighbour& from, const Stream& stream, const peer::v1::StreamMark& mark);

  // Tells everything that this side has.
  void OnNeighbourUp(Neighbour& neighbour);
  void OnWritable(Neighbour& neighbour);

  void OnTimer(absl::Time now);
  absl::Time next_wake() const;

 private:
  void Announce(Neighbour& neighbour, StreamId stream, absl::Time now) const;
  void FlushAnnouncements(Neighbour& neighbour, absl::Time now);
  void ScheduleRefresh(absl::Time now);
  void Refresh(absl::Time now);
  void RefreshTo(const Neighbour& neighbour, const std::vector<const Stream*>& changed);

  Context& context_;
  MessageCache& cache_;
  Reference reference_;
  absl::Time refresh_at_ = absl::InfiniteFuture();
  size_t quiet_refreshes_ = 0;  // since something changed
  bool changed_since_refresh_ = false;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_BROADCAST_H_
