#include "services/auth/rules/password_policy.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/text/text.h"
#include "services/auth/rules/common_passwords.h"

namespace parlor::auth {
namespace {

// Four bytes is the longest character in UTF-8: what is longer than this is refused unread.
constexpr size_t kMaxPasswordBytes = size_t{4} * kMaxPasswordCharacters;

absl::Status TooLong() {
  return absl::InvalidArgumentError(
      absl::StrCat("the password is too long: at most ", kMaxPasswordCharacters, " characters"));
}

icu::UnicodeString FromUtf8(absl::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
}

std::string ToUtf8(const icu::UnicodeString& text) {
  std::string utf8;
  return text.toUTF8String(utf8);
}

icu::UnicodeString Compose(const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  return nfc->normalize(text, error);
}

std::string CaseFolded(absl::string_view text) {
  icu::UnicodeString folded = FromUtf8(text);
  return ToUtf8(Compose(folded.foldCase()));
}

bool IsCommon(absl::string_view folded) {
  static const auto& common =
      *new absl::flat_hash_set<absl::string_view>(kCommonPasswords.begin(), kCommonPasswords.end());
  return common.contains(folded);
}

}  // namespace

absl::StatusOr<std::string> PreparePassword(absl::string_view input) {
  if (input.size() > kMaxPasswordBytes) return TooLong();
  if (!IsValidUtf8(input)) return absl::InvalidArgumentError("the password is not valid UTF-8");

  icu::UnicodeString mapped;
  const icu::UnicodeString text = FromUtf8(input);
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 character = text.char32At(i);
    if (u_charType(character) == U_CONTROL_CHAR) {
      return absl::InvalidArgumentError(
          "the password must not hold control characters, as tabs or line ends");
    }
    mapped.append(u_charType(character) == U_SPACE_SEPARATOR ? UChar32{' '} : character);
  }
  std::string prepared = ToUtf8(Compose(mapped));
  if (CountCharacters(prepared) > kMaxPasswordCharacters) return TooLong();
  return prepared;
}

absl::Status CheckNewPassword(absl::string_view prepared, absl::string_view canonical_name) {
  if (CountCharacters(prepared) < kMinPasswordCharacters) {
    return absl::InvalidArgumentError(
        absl::StrCat("the password is too short: at least ", kMinPasswordCharacters, " characters"));
  }
  const std::string folded = CaseFolded(prepared);
  if (folded == CaseFolded(canonical_name)) {
    return absl::InvalidArgumentError("the password must not be the name");
  }
  if (IsCommon(folded)) {
    return absl::InvalidArgumentError(
        "the password is one of the most common ones, which are guessed first: choose another, as several "
        "words");
  }
  return absl::OkStatus();
}

}  // namespace parlor::auth
