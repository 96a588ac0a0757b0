// When one stream has to be warned or ended: first frame, heartbeats, token. Pure: `now` is handed in. Not
// thread-safe.
#ifndef PARLOR_SERVICES_COMMON_STREAM_DEADLINES_H_
#define PARLOR_SERVICES_COMMON_STREAM_DEADLINES_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/common/stream/stream_options.h"

namespace parlor::service {

class StreamDeadlines {
 public:
  // The stream began at `now` with a token that is valid until `token_ends`.
  StreamDeadlines(absl::Time token_ends, absl::Time now) : last_heard_(now), token_ends_(token_ends) {}

  // A frame of any kind shows life.
  void Heard(absl::Time now) {
    heard_any_ = true;
    previous_heartbeat_ = absl::ZeroDuration();
    last_heard_ = now;
  }

  // The other side was told to be heard this often, instead of StreamOptions::heartbeat. Before it has shown
  // that it knows, the longer one counts.
  void SetHeartbeat(absl::Duration heartbeat) {
    previous_heartbeat_ = heartbeat_;
    heartbeat_ = heartbeat;
  }

  // A fresh token came. One that ends before the present one changes nothing.
  void ExtendToken(absl::Time ends);

  struct Verdict {
    absl::Status end;         // not OK: end the stream with this
    bool warn_token = false;  // tell the other side that its token ends; true once a token
    absl::Time next;          // when to ask again
  };
  Verdict Check(const StreamOptions& options, absl::Time now);

  absl::Time token_ends() const { return token_ends_; }

 private:
  absl::Time last_heard_;
  absl::Time token_ends_;
  absl::Duration heartbeat_ = absl::ZeroDuration();  // none was told: that of the options
  absl::Duration previous_heartbeat_ = absl::ZeroDuration();
  bool heard_any_ = false;
  bool warned_ = false;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_STREAM_DEADLINES_H_
