// What strangers may take of a listener, the same for every kind of link.
#ifndef PARLOR_CLIENT_LINK_LISTENER_OPTIONS_H_
#define PARLOR_CLIENT_LINK_LISTENER_OPTIONS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace parlor::client {

struct ListenerOptions {
  // For a whole handshake. A slow mobile path needs 3 s; a silent connection may hold its slot no longer.
  absl::Duration handshake_deadline = absl::Seconds(10);
  // Handshakes under way, about 100 KiB each; connections beyond them are refused.
  size_t max_handshakes = 64;
  // Of these, from one remote host: a flood from one leaves room for the others.
  size_t max_handshakes_per_host = 8;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_LISTENER_OPTIONS_H_
