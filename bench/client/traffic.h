// What a person sends to measure: one message at a time, or as many as the core takes.
#ifndef PARLOR_BENCH_CLIENT_TRAFFIC_H_
#define PARLOR_BENCH_CLIENT_TRAFFIC_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "bench/client/person.h"

namespace parlor::bench {

inline constexpr size_t kTextSize = 100;

// Sent and not yet called delivered: as much as a private chat has under way (kMaxUnackedMessages) and a room
// lets wait for the disk (kMaxUnstoredMessages), so nothing is refused.
inline constexpr int kWindow = 8'000;

// Both block until they have measured; `target` is "#room" or "@user". The answers are lines for the parent.

// A message, its delivered mark, the next message: RoundTrips.
std::string SendOneByOne(Person& person, const std::string& target, absl::Duration duration);

// {"rate":…,"messages":…}: marks a second, after a warm-up; and all that were sent.
std::string SendMany(Person& person, const std::string& target, absl::Duration duration);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_TRAFFIC_H_
