// Why a server could not listen: gRPC and civetweb keep the reason to themselves.
#ifndef PARLOR_SERVICES_COMMON_LISTEN_ERROR_H_
#define PARLOR_SERVICES_COMMON_LISTEN_ERROR_H_

#include "absl/status/status.h"
#include "base/net/address.h"

namespace parlor::service {

// Tries to take `address` with plain sockets and reports what the system says: ALREADY_EXISTS (in use),
// PERMISSION_DENIED, UNAVAILABLE (not this machine's), INVALID_ARGUMENT (no such host). Never OK. Blocks on
// name lookups.
absl::Status ListenError(const HostPort& address);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_LISTEN_ERROR_H_
