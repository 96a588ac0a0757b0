#include "base/retry.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace parlor {
namespace {

constexpr char kPayload[] = "parlor/retry-after-ms";
constexpr absl::Duration kLongest = absl::Hours(24);

}  // namespace

absl::Status WithRetryAfter(absl::Status status, absl::Duration delay) {
  const absl::Duration kept = std::clamp(delay, absl::ZeroDuration(), kLongest);
  const int64_t milliseconds = absl::ToInt64Milliseconds(absl::Ceil(kept, absl::Milliseconds(1)));
  status.SetPayload(kPayload, absl::Cord(absl::StrCat(milliseconds)));
  return status;
}

std::optional<absl::Duration> RetryAfter(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayload);
  int64_t milliseconds = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &milliseconds)) return std::nullopt;
  return absl::Milliseconds(milliseconds);
}

}  // namespace parlor
