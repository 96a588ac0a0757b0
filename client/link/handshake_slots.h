// How many handshakes may be under way with strangers, so that garbage or silence on the port takes a bounded
// part of memory and time, and one host's a part of that. Pure.
#ifndef PARLOR_CLIENT_LINK_HANDSHAKE_SLOTS_H_
#define PARLOR_CLIENT_LINK_HANDSHAKE_SLOTS_H_

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace parlor::client {

class HandshakeSlots {
 public:
  HandshakeSlots(size_t limit, size_t limit_per_host) : limit_(limit), limit_per_host_(limit_per_host) {}

  // True if one more from `ip` (canonical) may begin; then Release it once. An IPv6 host is its /64 network:
  // all those addresses are one machine's to choose from (RFC 4291, section 2.5.1).
  bool TryTake(absl::string_view ip);
  void Release(absl::string_view ip);

  size_t taken() const { return taken_; }

 private:
  const size_t limit_;
  const size_t limit_per_host_;
  size_t taken_ = 0;
  absl::flat_hash_map<std::string, size_t> taken_by_host_;  // never 0; at most limit_ entries
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_HANDSHAKE_SLOTS_H_
