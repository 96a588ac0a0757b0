// absl::Status and grpc::Status, both ways. For adapters, of services and of the client. Pure; thread-safe.
#ifndef PARLOR_BASE_RPC_STATUS_H_
#define PARLOR_BASE_RPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace parlor {

// Same code, same message (invalid UTF-8 replaced, cut at 1 KiB: it travels in a header), and a
// RetryAfter() as google.rpc.RetryInfo in grpc-status-details-bin. Other payloads stay here.
grpc::Status ToGrpc(const absl::Status& status);

// The reverse. Details that cannot be read are left out.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace parlor

#endif  // PARLOR_BASE_RPC_STATUS_H_
