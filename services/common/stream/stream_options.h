// Limits of the long-lived streams of a service. A value of the service, shared by all of its streams.
#ifndef PARLOR_SERVICES_COMMON_STREAM_STREAM_OPTIONS_H_
#define PARLOR_SERVICES_COMMON_STREAM_STREAM_OPTIONS_H_

#include <cstddef>

#include "absl/time/time.h"
#include "services/common/stream/gcra.h"

namespace parlor::service {

struct StreamOptions {
  // How often the other side has to be heard; told to it in the greeting.
  absl::Duration heartbeat = absl::Seconds(5);
  // Silent for this many of them: ended with DEADLINE_EXCEEDED. One or two are lost by any Wi-Fi.
  int missed_heartbeats = 3;
  // From the call to the first frame: nobody holds an idle stream open for longer.
  absl::Duration first_frame = absl::Seconds(10);
  // The other side is warned so long before its token ends; a token lives 10 minutes.
  absl::Duration token_warning = absl::Seconds(60);
  // Frames from the other side; over it the stream is ended with RESOURCE_EXHAUSTED. A client sends a
  // heartbeat in 5 s and a burst of list changes at times.
  Rate incoming{absl::Milliseconds(50), 100};
  // Frames and bytes that wait behind the one being written; over either the reader is too slow, and is ended
  // with RESOURCE_EXHAUSTED. A thousand watched people may come back at once after a restart.
  size_t queued_frames = 4096;
  size_t queued_bytes = 256 << 10;
  // An ended stream whose other side does not read its last frames and status is cut after this.
  absl::Duration linger = absl::Seconds(5);
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_STREAM_STREAM_OPTIONS_H_
