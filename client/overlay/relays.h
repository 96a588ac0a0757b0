// In a small room authors bring their messages themselves; but not any two people reach each other. Whoever
// gets a message of an author without a link by way of somebody else asks that one to pass on the rest. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_RELAYS_H_
#define PARLOR_CLIENT_OVERLAY_RELAYS_H_

#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "client/overlay/context.h"

namespace parlor::client::overlay {

class Relays {
 public:
  static constexpr size_t kMaxWanted = 256;    // streams; of more, each message is asked for
  static constexpr size_t kMaxPassedOn = 256;  // for one neighbour; further ones are not

  explicit Relays(Context& context) : context_(context) {}

  // A message of this stream came from `from`, and there is no link with who wrote it.
  void Want(StreamId stream, const PeerId& from);
  // There is one now.
  void OnReached(MemberTag author);
  // What `from` passes on was here already. True: from its author, who needs nobody any more.
  void OnDuplicate(const PeerId& from, const Stream& stream);
  void OnNeighbourDown(const PeerId& peer);

  void OnGossip(Neighbour& neighbour, const peer::v1::RoomGossip& gossip) const;
  // Whether what came is passed on to this neighbour, which counts as an answer.
  static bool PassesOn(Neighbour& neighbour, const Payload& payload, absl::Time now);

 private:
  void Stop(StreamId stream, const PeerId& relay);

  Context& context_;
  absl::flat_hash_map<StreamId, PeerId> wanted_;  // who was asked
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_RELAYS_H_
