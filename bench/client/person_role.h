// A person in a process of their own, and the server that they meet on.
#ifndef PARLOR_BENCH_CLIENT_PERSON_ROLE_H_
#define PARLOR_BENCH_CLIENT_PERSON_ROLE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace parlor::bench {

// DIRECTORY [ADDRESS], which is else 127.0.0.1; greets with its join link. parlord as it ships, with
// everything but errors kept out of the log.
inline constexpr char kServerRole[] = "server";
absl::Status RunServerRole(const std::vector<std::string>& arguments);

// DIRECTORY LINK NAME. Answers (latencies.h), where nothing else is said with {}:
//   create ROOM, join ROOM     waits until entered, or linked with somebody in it
//   greet TARGET               sends one message and waits until it is delivered
//   one-by-one TARGET SECONDS  RoundTrips (traffic.h)
//   many TARGET SECONDS        {"rate":…,"messages":…} (traffic.h)
//   usage                      Usage so far
inline constexpr char kPersonRole[] = "person";
absl::Status RunPersonRole(const std::vector<std::string>& arguments);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_PERSON_ROLE_H_
