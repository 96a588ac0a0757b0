// The one stream that the tree follows. A tree that bent itself to every author would come to rest nowhere;
// one that is short from one member is at most twice as long from any other. All take the lowest of the
// streams that speak, so nobody has to agree with anybody. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_REFERENCE_H_
#define PARLOR_CLIENT_OVERLAY_REFERENCE_H_

#include "absl/time/time.h"
#include "client/overlay/gossip_id.h"

namespace parlor::client::overlay {

class Reference {
 public:
  // Silent for longer, it hands over to the next one that speaks.
  static constexpr absl::Duration kSilence = absl::Seconds(30);

  void OnMessage(StreamId stream, absl::Time now) {
    if (stream <= stream_ || now - heard_ > kSilence) stream_ = stream;
    if (stream == stream_) heard_ = now;
  }
  bool Is(StreamId stream) const { return stream == stream_; }

 private:
  StreamId stream_ = 0;
  absl::Time heard_ = absl::InfinitePast();
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_REFERENCE_H_
