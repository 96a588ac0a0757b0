// parlor://HOST:PORT/#PIN: where a server is, and the hash of its root key. Pure; thread-safe.
#ifndef PARLOR_BASE_NET_JOIN_LINK_H_
#define PARLOR_BASE_NET_JOIN_LINK_H_

#include <cstddef>
#include <cstdint>
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

  friend bool operator==(const JoinLink&, const JoinLink&) = default;
};

inline constexpr uint16_t kDefaultServerPort = 7447;
inline constexpr size_t kPinCharacters = 52;

// "parlor://" and "/#PIN" may be missing in what a person types, case and surrounding space do not matter,
// and the port defaults to 7447. INVALID_ARGUMENT says which part is wrong; a pin that was cut off or
// mistyped in length or alphabet never becomes a link without one.
absl::StatusOr<JoinLink> ParseJoinLink(absl::string_view text);

// Parses to the same link.
std::string ToString(const JoinLink& link);

}  // namespace parlor

#endif  // PARLOR_BASE_NET_JOIN_LINK_H_
