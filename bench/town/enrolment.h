// Accounts, and a device logged in on each, as people get them: from parlor-auth.
#ifndef PARLOR_BENCH_TOWN_ENROLMENT_H_
#define PARLOR_BENCH_TOWN_ENROLMENT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/services/channels.h"
#include "client/home/account.h"

namespace parlor::bench {

// `count` people, of whom the first is the `first` of all. Blocks. `port_of`: at which port of auth's host
// the n-th of these speaks with the services later.
absl::StatusOr<std::vector<client::Account>> Enrol(const Target& auth, int first, int count,
                                                   const std::function<std::string(int)>& port_of);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_TOWN_ENROLMENT_H_
