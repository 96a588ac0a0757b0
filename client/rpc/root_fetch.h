// First contact with a server: its root certificate, taken from a TLS handshake and believed only because its
// key has the hash that stands in the join link (DESIGN §2). Everything later trusts that root alone.
#ifndef PARLOR_CLIENT_RPC_ROOT_FETCH_H_
#define PARLOR_CLIENT_RPC_ROOT_FETCH_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/crypto/certificate.h"
#include "base/net/join_link.h"

namespace parlor::client {

inline constexpr absl::Duration kRootFetchTimeout = absl::Seconds(10);

// Blocking, for at most `timeout` (and what the resolver of the system takes for the server's name). Sends
// nothing but a handshake. Thread-safe.
//
//   FAILED_PRECONDITION  the link has no pin
//   UNAVAILABLE          nobody listens there, or what listens does not speak TLS; no such host
//   DEADLINE_EXCEEDED    no answer
//   UNAUTHENTICATED      another server answers, or somebody in between
absl::StatusOr<Certificate> FetchRoot(const JoinLink& link, absl::Duration timeout = kRootFetchTimeout);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_RPC_ROOT_FETCH_H_
