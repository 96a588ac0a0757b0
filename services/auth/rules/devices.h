// How many devices an account has, and which one goes when there are too many. Pure; thread-safe.
#ifndef PARLOR_SERVICES_AUTH_RULES_DEVICES_H_
#define PARLOR_SERVICES_AUTH_RULES_DEVICES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace parlor::auth {

struct Device {
  std::string id;  // of its key (base/crypto/key.h)
  std::string label;
  absl::Time enrolled;
  absl::Time last_used;  // its last login or refresh
};

// The devices beyond kMaxDevicesPerAccount: those enrolled first. Never `newest`, which just logged in.
std::vector<std::string> DevicesOverLimit(std::vector<Device> devices, absl::string_view newest);

// The label as it is stored and shown: without control characters and line ends, and without spaces at its
// ends. INVALID_ARGUMENT for more than kMaxDeviceLabelCharacters.
absl::StatusOr<std::string> CleanDeviceLabel(absl::string_view input);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_RULES_DEVICES_H_
