#include "client/store/message.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace parlor::client {
namespace {

constexpr size_t kMaxDeviceLength = 64;

}  // namespace

std::string ToString(const MessageId& id) {
  return absl::StrCat(id.device, ".", absl::Hex(id.epoch), ".", id.number);
}

absl::StatusOr<MessageId> ParseMessageId(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  MessageId id;
  if (parts.size() == 3 && !parts[0].empty() && parts[0].size() <= kMaxDeviceLength &&
      absl::SimpleHexAtoi(parts[1], &id.epoch) && absl::SimpleAtoi(parts[2], &id.number) && id.number > 0) {
    id.device = std::string(parts[0]);
    // Signs, spaces, leading zeros and capitals also parse, but an id has one form only.
    if (ToString(id) == text) return id;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("not the id of a message: '", text.substr(0, 2 * kMaxDeviceLength),
                   "'; it reads <device>.<epoch in hex>.<number>, as history and events show it"));
}

}  // namespace parlor::client
