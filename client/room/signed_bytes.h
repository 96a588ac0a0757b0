// What the author of a room's message signs.
#ifndef PARLOR_CLIENT_ROOM_SIGNED_BYTES_H_
#define PARLOR_CLIENT_ROOM_SIGNED_BYTES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace parlor::client {

inline std::string SignedBytes(absl::string_view body) {
  static constexpr char kDomain[] = "parlor room message v1";  // with its terminating NUL
  std::string bytes(kDomain, sizeof(kDomain));
  bytes.append(body.data(), body.size());
  return bytes;
}

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_SIGNED_BYTES_H_
