// Errors of sockets (errno) as statuses.
#ifndef PARLOR_CLIENT_LINK_SOCKET_ERROR_H_
#define PARLOR_CLIENT_LINK_SOCKET_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parlor::client {

// "<what>: <the error in words>". UNAVAILABLE for what another attempt may mend (refused, reset,
// unreachable), DEADLINE_EXCEEDED for silence, RESOURCE_EXHAUSTED when this process is out of descriptors or
// memory, ALREADY_EXISTS for an address in use, PERMISSION_DENIED, INTERNAL for all others.
absl::Status SocketError(absl::string_view what, int error);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_SOCKET_ERROR_H_
