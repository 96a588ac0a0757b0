#include "services/presence/letters.h"

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/encoding.h"

namespace parlor::presence {

// Text, since it is kept in a database's column of text; neither ids nor names have blanks.
std::string EncodeLetter(const Letter& letter) {
  return absl::StrCat(letter.session, " ", letter.from, " ", Base64Url(letter.frame.SerializeAsString()));
}

std::optional<Letter> DecodeLetter(absl::string_view text) {
  const std::vector<std::string> fields = absl::StrSplit(text, ' ');
  if (fields.size() != 3) return std::nullopt;
  const absl::StatusOr<std::string> frame = FromBase64Url(fields[2]);
  Letter letter{fields[0], fields[1], {}};
  if (!frame.ok() || !letter.frame.ParseFromString(*frame)) return std::nullopt;
  return letter;
}

}  // namespace parlor::presence
