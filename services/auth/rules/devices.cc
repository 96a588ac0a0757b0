#include "services/auth/rules/devices.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/text/text.h"
#include "services/auth/rules/limits.h"

namespace parlor::auth {

std::vector<std::string> DevicesOverLimit(std::vector<Device> devices, absl::string_view newest) {
  if (devices.size() <= kMaxDevicesPerAccount) return {};
  std::sort(devices.begin(), devices.end(), [](const Device& a, const Device& b) {
    return std::tie(a.enrolled, a.id) < std::tie(b.enrolled, b.id);
  });
  size_t excess = devices.size() - kMaxDevicesPerAccount;
  std::vector<std::string> over;
  for (const Device& device : devices) {
    if (over.size() == excess) break;
    if (device.id != newest) over.push_back(device.id);
  }
  return over;
}

absl::StatusOr<std::string> CleanDeviceLabel(absl::string_view input) {
  if (input.size() > kMaxFieldBytes || CountCharacters(input) > kMaxDeviceLabelCharacters) {
    return absl::InvalidArgumentError(
        absl::StrCat("the device's label is too long: at most ", kMaxDeviceLabelCharacters, " characters"));
  }
  const std::string line = absl::StrReplaceAll(SanitizeForTerminal(input), {{"\n", " "}});
  return std::string(absl::StripAsciiWhitespace(line));
}

}  // namespace parlor::auth
