// Status codes as scripts see them.
#ifndef PARLOR_CLIENT_CORE_STATUS_CODE_H_
#define PARLOR_CLIENT_CORE_STATUS_CODE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"

namespace parlor::client {

// "not_found", "resource_exhausted", …
inline std::string CodeName(absl::StatusCode code) {
  return absl::AsciiStrToLower(absl::StatusCodeToString(code));
}

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_STATUS_CODE_H_
