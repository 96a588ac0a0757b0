// Links in words, for events and for what history keeps.
#ifndef PARLOR_CLIENT_LINK_LINK_WORDS_H_
#define PARLOR_CLIENT_LINK_LINK_WORDS_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "client/link/link.h"

namespace parlor::client {

inline const char* Word(Transport transport) {
  return transport == Transport::kTcp ? "tcp" : "udp";
}

inline const char* Word(Path path) {
  switch (path) {
    case Path::kDirect:
      return "direct";
    case Path::kPunched:
      return "punched";
    case Path::kRelayed:
      return "relayed";
  }
  return "direct";
}

// "tcp direct 192.0.2.1:7000"
inline std::string Via(const LinkInfo& link) {
  return absl::StrCat(Word(link.transport), " ", Word(link.path), " ", ToString(link.remote));
}

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_LINK_WORDS_H_
