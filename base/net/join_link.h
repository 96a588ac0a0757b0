// parlor://HOST:PORT/#PIN: where a server is, and the hash of its root key. Pure; thread-safe.
#ifndef PARLOR_BASE_NET_JOIN_LINK_H_
#define PARLOR_BASE_NET_JOIN_LINK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/net/address.h"

namespace parlor {

struct JoinLink {
  HostPort server;
  // Server id: base32 of the SHA-256 of the root's public key (SubjectPublicKeyInfo), 52 characters. Empty:
  // the server has a publicly trusted certificate for its host name.
  std::string pin;
};

// "parlor://" and "/#" may be missing in what a person types; the port defaults to 7447.
absl::StatusOr<JoinLink> ParseJoinLink(absl::string_view text);
std::string ToString(const JoinLink& link);

inline constexpr uint16_t kDefaultServerPort = 7447;

}  // namespace parlor

#endif  // PARLOR_BASE_NET_JOIN_LINK_H_
