// Every limit of presence, in one place.
#ifndef PARLOR_SERVICES_PRESENCE_PRESENCE_OPTIONS_H_
#define PARLOR_SERVICES_PRESENCE_PRESENCE_OPTIONS_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "base/net/address.h"
#include "services/common/live/in_process_directory.h"
#include "services/common/rate_limiter.h"
#include "services/common/stream/session_set.h"
#include "services/common/stream/stream_options.h"
#include "services/presence/pace.h"

namespace parlor::presence {

// What a person may say and ask.
struct PresenceLimits {
  size_t status_characters = 80;
  // Each of the lists watch, accept and block: what one person may cost in memory (about 40 bytes a name) and
  // in events.
  size_t list_entries = 1000;
  size_t addresses = kMaxPeerAddresses;
  size_t signal_bytes = 4 << 10;
  // Signals of one person to everybody, and to each other person: enough for a request and its answers, too
  // few to talk by.
  service::RateLimiterOptions signals{.per_second = 5, .burst = 20};
  service::RateLimiterOptions signals_to_one{.per_second = 0.5, .burst = 8};
  // Clients say that somebody types every 3 s at most.
  service::RateLimiterOptions typing{.per_second = 1, .burst = 5};
  size_t default_page = 100;
  size_t max_page = 1000;
};

struct PresenceOptions {
  // "postgresql://…", shared by all replicas; empty: one process, and who is here ends with it.
  std::string database;
  PresenceLimits limits;
  service::StreamOptions stream;
  service::SessionSetOptions sessions;
  PaceOptions pace;
  live::DirectoryOptions directory;
  // How often deadlines are looked at: by so much a silent stream may outlive its third heartbeat, and a
  // revoked device its revocation.
  absl::Duration tick = absl::Milliseconds(250);
  // When to come back after a drain, at random between the two: so that a whole server's people do not fall
  // upon the next one in the same second, and are still back well within the reconnect grace.
  absl::Duration retry_min = absl::Milliseconds(200);
  absl::Duration retry_max = absl::Seconds(5);
};

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_PRESENCE_OPTIONS_H_
