// What a dial has to say at once (DialTarget::opening): of its attempts the first that gets so far says it.
#ifndef PARLOR_CLIENT_LINK_SHARED_OPENING_H_
#define PARLOR_CLIENT_LINK_SHARED_OPENING_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/link/network.h"

namespace parlor::client {

// Loop thread only.
class SharedOpening {
 public:
  explicit SharedOpening(DialTarget::Opening opening) : opening_(std::move(opening)) {}

  // nullopt: there is none, or another attempt has it.
  std::optional<std::vector<std::string>> Take() {
    if (opening_ == nullptr) return std::nullopt;
    return std::exchange(opening_, nullptr)();
  }

 private:
  DialTarget::Opening opening_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_SHARED_OPENING_H_
