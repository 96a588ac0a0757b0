#include "services/rooms/seat_details.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

// Both texts are fields between blanks; neither names nor tokens have blanks.
namespace parlor::rooms {
namespace {

constexpr absl::string_view kRoles[] = {"", "listener", "speaker", "moderator"};
constexpr absl::string_view kReasons[] = {"kicked", "banned"};

template <size_t N>
size_t IndexOf(const absl::string_view (&names)[N], absl::string_view name) {
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == name) return i;
  }
  return 0;
}

// At least `size` fields, empty ones for those that are missing.
std::vector<std::string> Fields(absl::string_view text, size_t size) {
  std::vector<std::string> fields = absl::StrSplit(text, ' ');
  if (fields.size() < size) fields.resize(size);
  return fields;
}

}  // namespace

std::string EncodeSeatDetails(const SeatDetails& details) {
  return absl::StrCat(kRoles[static_cast<size_t>(details.role)], " ", details.hand_raised ? "raised" : "-",
                      " ", details.by);
}

SeatDetails DecodeSeatDetails(absl::string_view text) {
  const std::vector<std::string> fields = Fields(text, 3);
  SeatDetails details;
  const size_t role = IndexOf(kRoles, fields[0]);
  if (role != 0) details.role = static_cast<Role>(role);
  details.hand_raised = fields[1] == "raised";
  details.by = fields[2];
  return details;
}

std::string EncodeRemoval(const Removal& removal) {
  return absl::StrCat(kReasons[static_cast<size_t>(removal.why)], " ", removal.by, " ", removal.event);
}

Removal DecodeRemoval(absl::string_view text) {
  const std::vector<std::string> fields = Fields(text, 3);
  return {static_cast<Removal::Why>(IndexOf(kReasons, fields[0])), fields[1], fields[2]};
}

}  // namespace parlor::rooms
