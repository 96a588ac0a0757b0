#include "services/rooms/letters.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace parlor::rooms {

// Fields between blanks; neither ids nor tokens have blanks.
std::string EncodeLetter(const Letter& letter) {
  if (letter.kind == Letter::Kind::kList) return "list";
  return absl::StrCat("event ", letter.room_id, " ", letter.event);
}

Letter DecodeLetter(absl::string_view text) {
  const std::vector<std::string> fields = absl::StrSplit(text, ' ');
  if (fields.size() == 1 && fields[0] == "list") return {Letter::Kind::kList};
  if (fields.size() == 3 && fields[0] == "event") return {Letter::Kind::kEvent, fields[1], fields[2]};
  return {};
}

}  // namespace parlor::rooms
