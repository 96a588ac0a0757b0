#include "bench/net/sides.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace parlor::bench {

std::vector<Side> SidesFromEnvironment() {
  std::vector<Side> sides;
  for (;;) {
    const char* network = std::getenv(absl::StrCat("PARLOR_NETWORK_", sides.size()).c_str());
    const char* address = std::getenv(absl::StrCat("PARLOR_ADDRESS_", sides.size()).c_str());
    if (network == nullptr || address == nullptr) return sides;
    sides.push_back({network, address});
  }
}

}  // namespace parlor::bench
