// What the parts of one overlay share. Belongs to the Overlay, which outlives them.
#ifndef PARLOR_CLIENT_OVERLAY_CONTEXT_H_
#define PARLOR_CLIENT_OVERLAY_CONTEXT_H_

#include "client/overlay/neighbours.h"
#include "client/overlay/outbox.h"
#include "client/overlay/overlay_host.h"
#include "client/overlay/overlay_options.h"
#include "client/overlay/peer_conduct.h"
#include "client/overlay/random.h"
#include "client/overlay/streams.h"

namespace parlor::client::overlay {

struct Context {
  OverlayHost& host;
  const PeerId self;
  const OverlayOptions options;
  Random random;
  Outbox outbox;
  Neighbours neighbours;
  PeerConducts conducts{options};
  Streams streams{options};
  bool mesh = true;       // everybody is everybody's neighbour
  size_t members = 1;     // of the room
  uint64_t received = 0;  // messages, each once
  // What was said before this member came is told apart from what is owed to it.
  bool baseline = false;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_CONTEXT_H_
