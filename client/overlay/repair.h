// What is missing, and from whom it is asked: a gap before something that came, or what a neighbour announced
// and nobody pushed. One neighbour at a time, the first to have announced first.
//
// Asking does not change the tree: from many authors one tree is not the shortest way to all, and a tree that
// followed each of them would come to rest nowhere. Only when nothing comes along the tree any more it is
// broken here, and is joined to whoever is asked. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_REPAIR_H_
#define PARLOR_CLIENT_OVERLAY_REPAIR_H_

#include <cstdint>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/time/time.h"
#include "client/overlay/context.h"
#include "client/overlay/lag.h"

namespace parlor::client::overlay {

class Repair {
 public:
  explicit Repair(Context& context);

  // `peer` has the stream up to there.
  void OnAnnounced(Stream& stream, const PeerId& peer, uint64_t up_to, absl::Time now);
  // A copy of a message came: the first one of it, or (`known`) another one.
  void OnCopy(Stream& stream, const PeerId& from, bool known, bool detour, absl::Time now);
  // It came by another way, or is not wanted.
  void OnSkipped(Stream& stream, absl::Time now);
  void OnNeighbourDown(const PeerId& peer, absl::Time now);

  void OnTimer(absl::Time now);
  absl::Time next_wake() const { return due_.empty() ? absl::InfiniteFuture() : due_.begin()->first; }
  absl::Duration patience() const { return lag_.patience(); }
  size_t missing() const { return due_.size(); }  // streams of which something is

 private:
  void Schedule(Stream& stream, absl::Time at);
  void Settle(Stream& stream);
  // How long to wait for what is said to exist, by somebody or by `announcer`.
  absl::Duration PatienceFor(const Stream& stream, const PeerId& announcer = {}) const;
  void AskSomebody(Stream& stream, const Range& gap, absl::Time now);
  void Ask(Stream& stream, Stream::Announcer& announcer, const Range& gap, absl::Time now);
  void OnUnanswered(Stream& stream, absl::Time now);
  static void GiveUp(Stream& stream, absl::Time now);

  bool TreeIsBroken(absl::Time now) const { return now - asked_since_tree_ >= kTreePatience; }

  // So long after the first question something has to come along the tree, which else is broken.
  static constexpr absl::Duration kTreePatience = absl::Milliseconds(500);

  Context& context_;
  Lag lag_;
  absl::Time asked_since_tree_ = absl::InfiniteFuture();  // the first question since anything came along it
  absl::btree_set<std::pair<absl::Time, StreamId>> due_;  // streams that miss something, once each
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_REPAIR_H_
