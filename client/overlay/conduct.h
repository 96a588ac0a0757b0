// What a neighbour may not do: forge, flood, repeat what it was asked not to send, say that it has what it
// does not give. Whoever does is let go, and the room is reached by others. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_CONDUCT_H_
#define PARLOR_CLIENT_OVERLAY_CONDUCT_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/overlay/context.h"

namespace parlor::client::overlay {

class Conduct {
 public:
  explicit Conduct(const OverlayOptions& options) : options_(options) {}

  // Each: OK, or why it is let go.
  absl::Status OnFrame(Neighbour& neighbour, absl::Time now) const;
  // `own`: the neighbour wrote it.
  absl::Status OnMessage(Neighbour& neighbour, bool own, absl::Time now) const;
  // `received`: messages that came from anybody so far, each counted once.
  absl::Status OnDuplicate(Neighbour& neighbour, uint64_t received, absl::Time now) const;
  absl::Status OfAnswers(const Neighbour& neighbour) const;

 private:
  const OverlayOptions& options_;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_CONDUCT_H_
