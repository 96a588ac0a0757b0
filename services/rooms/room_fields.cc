#include "services/rooms/room_fields.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "base/status.h"
#include "base/text/names.h"
#include "base/text/text.h"

namespace parlor::rooms {
namespace {

constexpr uint32_t kDefaultPageSize = 100;
constexpr uint32_t kMaxPageSize = 1000;
// Longer than any name is in canonical form.
constexpr size_t kMaxPageTokenBytes = 1024;
// No text of 200 characters is longer than this, marks included: what is longer is not even looked at.
constexpr size_t kMaxTopicBytes = 4096;

}  // namespace

absl::StatusOr<std::string> RoomNameField(absl::string_view name) {
  if (name.empty()) return absl::InvalidArgumentError("the name of a room is missing");
  PARLOR_ASSIGN_OR_RETURN(Name parsed, ParseRoomName(name));
  return std::move(parsed.canonical);
}

absl::StatusOr<std::string> UserNameField(absl::string_view name) {
  if (name.empty()) return absl::InvalidArgumentError("the name of a person is missing");
  PARLOR_ASSIGN_OR_RETURN(Name parsed, ParseUserName(name));
  return std::move(parsed.canonical);
}

absl::StatusOr<std::string> TopicField(absl::string_view topic) {
  if (topic.size() > kMaxTopicBytes || CountCharacters(topic) > kMaxTopicCharacters) {
    return absl::InvalidArgumentError(
        absl::StrCat("a topic has at most ", kMaxTopicCharacters, " characters"));
  }
  std::string line = SanitizeForTerminal(topic);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return std::string(absl::StripAsciiWhitespace(line));
}

absl::Status CheckPasswordField(absl::string_view password) {
  if (password.empty() || password.size() > 4 * kMaxRoomPasswordCharacters ||
      CountCharacters(password) > kMaxRoomPasswordCharacters) {
    return absl::InvalidArgumentError(
        absl::StrCat("the password of a room has 1 to ", kMaxRoomPasswordCharacters, " characters"));
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> CapacityField(uint32_t capacity, const RoomLimits& limits) {
  if (capacity == 0) return limits.default_capacity;
  if (capacity > limits.max_capacity) {
    return absl::InvalidArgumentError(
        absl::StrCat("rooms on this server hold at most ", limits.max_capacity, " people"));
  }
  return capacity;
}

absl::StatusOr<size_t> PageSizeField(uint32_t page_size) {
  if (page_size > kMaxPageSize) {
    return absl::InvalidArgumentError(absl::StrCat("page_size is at most ", kMaxPageSize));
  }
  return page_size == 0 ? kDefaultPageSize : page_size;
}

std::string PageToken(absl::string_view last_name) {
  return Base64Url(last_name);
}

absl::StatusOr<std::string> PageTokenField(absl::string_view token) {
  absl::StatusOr<std::string> name = FromBase64Url(token);
  if (token.size() > kMaxPageTokenBytes || !name.ok() || !IsValidUtf8(*name) ||
      name->find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("page_token has to be the next_page_token of the page before");
  }
  return name;
}

std::string FoldForSearch(absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* folder = icu::Normalizer2::getNFKCCasefoldInstance(error);
  const icu::UnicodeString source =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  const icu::UnicodeString folded = U_SUCCESS(error) ? folder->normalize(source, error) : source;
  std::string out;
  (U_SUCCESS(error) ? folded : source).toUTF8String(out);
  return out;
}

}  // namespace parlor::rooms
