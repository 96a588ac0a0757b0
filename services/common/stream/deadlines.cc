#include "services/common/stream/deadlines.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace parlor::service {

void StreamDeadlines::ExtendToken(absl::Time ends) {
  if (ends <= token_ends_) return;
  token_ends_ = ends;
  warned_ = false;
}

StreamDeadlines::Verdict StreamDeadlines::Check(const StreamOptions& options, absl::Time now) {
  const absl::Duration told = heartbeat_ == absl::ZeroDuration() ? options.heartbeat : heartbeat_;
  const absl::Duration heartbeat = std::max(told, previous_heartbeat_);
  const absl::Time silent_at =
      last_heard_ + (heard_any_ ? heartbeat * options.missed_heartbeats : options.first_frame);
  if (now >= token_ends_) {
    return {absl::UnauthenticatedError("the access token ended: send RenewToken with a fresh one in time"),
            false, now};
  }
  if (now >= silent_at) {
    return {absl::DeadlineExceededError(
                heard_any_ ? absl::StrCat("nothing was heard for ", options.missed_heartbeats, " heartbeats")
                           : "no first frame came in time"),
            false, now};
  }
  const absl::Time warn_at = token_ends_ - options.token_warning;
  const bool warn = !warned_ && now >= warn_at;
  warned_ = warned_ || warn;
  return {absl::OkStatus(), warn, std::min(silent_at, warned_ ? token_ends_ : warn_at)};
}

}  // namespace parlor::service
