// Whether a server is there yet.
#ifndef PARLOR_SERVICES_SETUP_WAIT_H_
#define PARLOR_SERVICES_SETUP_WAIT_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/net/address.h"

namespace parlor::setup {

// OK as soon as somebody takes TCP connections at `address`, whose name may not exist yet. UNAVAILABLE after
// `patience`, and a second that the last try may take.
absl::Status WaitUntilAnswered(const HostPort& address, absl::Duration patience);

}  // namespace parlor::setup

#endif  // PARLOR_SERVICES_SETUP_WAIT_H_
